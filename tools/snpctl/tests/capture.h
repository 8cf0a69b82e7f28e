/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run a sub-command, or the program, and keep what it printed.
 */
#ifndef SNPCTL_TEST_CAPTURE_H
#define SNPCTL_TEST_CAPTURE_H

/**
 * struct output - what was printed
 * @out: standard output, terminated
 * @err: standard error, terminated
 */
struct output {
	char out[64 * 1024];
	char err[16 * 1024];
};

/* Return: its exit status, 128 and the signal if one killed it. */
int capture(struct output *o, int (*run)(int argc, char **argv), char **argv);
/* The same for the built program, which stands in the environment as SNPCTL. */
int capture_program(struct output *o, char **argv);

/* A new directory under TMPDIR; remove_dir() removes it with its files. */
char *make_dir(void);
void remove_dir(const char *dir);
/* Files in it. */
unsigned int count_files(const char *dir);
char *path_in(const char *dir, const char *name);
void put_file(const char *path, const void *data, size_t len);

#define ARGS(...)	((char *[]){ __VA_ARGS__, NULL })

#endif /* SNPCTL_TEST_CAPTURE_H */
