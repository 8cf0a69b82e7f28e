// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzz target without libFuzzer: every file of the corpus, then
 * mutations of them for some time.  What breaks is a sanitizer's report or an
 * abort; the input is then in the file named by the third argument.
 *
 *	NAME CORPUS SECONDS FAILED-INPUT [SEED]
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_INPUTS	256
#define MAX_SIZE	4096
#define NR_ODD		14

static struct input {
	uint8_t data[MAX_SIZE];
	size_t size;
} corpus[MAX_INPUTS], current;
static unsigned int nr_inputs;
static const char *failed_path;
static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void keep_failed(void)
{
	int fd = open(failed_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, current.data, current.size) != (ssize_t)current.size)
		_exit(2);
	close(fd);
}

static void on_abort(int sig)
{
	keep_failed();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Sanitizers end the program by this. */
void __asan_on_error(void);
void __asan_on_error(void)
{
	keep_failed();
}

static int load(const char *dir)
{
	struct dirent *e;
	char path[512];
	DIR *d = opendir(dir);
	FILE *f;

	if (!d)
		return -1;
	while (nr_inputs < MAX_INPUTS && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		corpus[nr_inputs].size = fread(corpus[nr_inputs].data, 1, MAX_SIZE, f);
		fclose(f);
		nr_inputs++;
	}
	closedir(d);
	return nr_inputs ? 0 : -1;
}

static void mutate(void)
{
	static const uint64_t odd[NR_ODD] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
					0x80000000, 0xffffffff, 1ULL << 63, ~0ULL, 1ULL << 51 };
	const struct input *other = &corpus[rnd() % nr_inputs];
	unsigned int n = 1 + rnd() % 6;
	size_t at, len;

	current = corpus[rnd() % nr_inputs];
	while (n--) {
		if (!current.size)
			current.size = 1 + rnd() % 64;
		at = rnd() % current.size;
		switch (rnd() % 6) {
		case 0:
			current.data[at] ^= 1 << rnd() % 8;
			break;
		case 1:
			current.data[at] = rnd();
			break;
		case 2:
			len = 1 << rnd() % 4;
			if (at + len <= current.size)
				memcpy(current.data + at, &odd[rnd() % NR_ODD], len);
			break;
		case 3:	/* part of another input, at the same place */
			len = 1 + rnd() % 64;
			if (at + len <= other->size && at + len <= current.size)
				memcpy(current.data + at, other->data + at, len);
			break;
		case 4:	/* one more byte in the middle: a prefix, for instance */
			if (current.size < MAX_SIZE) {
				memmove(current.data + at + 1, current.data + at,
					current.size - at);
				current.data[at] = rnd();
				current.size++;
			}
			break;
		case 5:
			current.size = at + 1;
			break;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long long runs = 0;
	unsigned int i;
	time_t end;

	if (argc < 4 || load(argv[1])) {
		fprintf(stderr, "usage: %s CORPUS SECONDS FAILED-INPUT [SEED]\n", argv[0]);
		return 2;
	}
	failed_path = argv[3];
	state = argc > 4 ? strtoull(argv[4], NULL, 0) : (uint64_t)time(NULL);
	state = state * 2 + 1;
	signal(SIGABRT, on_abort);

	printf("1..2\n");
	for (i = 0; i < nr_inputs; i++) {
		current = corpus[i];
		LLVMFuzzerTestOneInput(current.data, current.size);
	}
	printf("ok 1 - corpus, %u inputs\n", nr_inputs);
	fflush(stdout);
	for (end = time(NULL) + atoi(argv[2]); time(NULL) < end;) {
		for (i = 0; i < 1000; i++, runs++) {
			mutate();
			LLVMFuzzerTestOneInput(current.data, current.size);
		}
	}
	printf("ok 2 - mutations, %llu inputs in %s s\n", runs, argv[2]);
	return 0;
}
