// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a sub-command, or the program, and keep what it printed.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"

static void read_back(FILE *f, char *text, size_t size)
{
	rewind(f);
	text[fread(text, 1, size - 1, f)] = '\0';
	fclose(f);
}

static int in_child(struct output *o, int (*run)(int argc, char **argv), char **argv)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status, argc = 0;
	pid_t pid;

	if (!out || !err)
		abort();
	while (argv[argc])
		argc++;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		if (!run) {
			execv(argv[0], argv);
			_exit(127);
		}
		optind = 1;
		status = run(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	read_back(out, o->out, sizeof(o->out));
	read_back(err, o->err, sizeof(o->err));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int capture(struct output *o, int (*run)(int argc, char **argv), char **argv)
{
	return in_child(o, run, argv);
}

int capture_program(struct output *o, char **argv)
{
	argv[0] = getenv("SNPCTL");
	if (!argv[0]) {
		fputs("SNPCTL must name the program\n", stderr);
		exit(1);
	}
	return in_child(o, NULL, argv);
}

char *make_dir(void)
{
	const char *base = getenv("TMPDIR");
	char *dir;

	if (asprintf(&dir, "%s/snpctl-test.XXXXXX", base ? base : "/tmp") < 0 || !mkdtemp(dir))
		abort();
	return dir;
}

char *path_in(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	return path;
}

static unsigned int each_file(const char *dir, int remove)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		n++;
		if (remove)
			unlink(path_in(dir, e->d_name));
	}
	if (d)
		closedir(d);
	return n;
}

unsigned int count_files(const char *dir)
{
	return each_file(dir, 0);
}

void remove_dir(const char *dir)
{
	each_file(dir, 1);
	rmdir(dir);
}

void put_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		abort();
}
