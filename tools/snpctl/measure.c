// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl measure: the measurement that the report of a directly booted guest
 * should have, from the files that it is booted from.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "launch.h"
#include "pagelist.h"

static const char help[] =
"Usage: snpctl measure --kernel FILE --initrd FILE\n"
"           {--cmdline TEXT | --cmdline-file FILE} {--mem SIZE | --initrd-gpa GPA}\n"
"           [OPTION]...\n"
"       snpctl measure --launch DIR [OPTION]...\n"
"\n"
"Compute the launch digest of a guest that SoftSNP boots directly.\n"
"\n"
"      --kernel FILE       bzImage\n"
"      --initrd FILE       initial RAM disk\n"
"      --cmdline TEXT      kernel command line, exactly as the guest gets it\n"
"      --cmdline-file FILE the same from a file; one final newline is dropped\n"
"      --mem SIZE          RAM of the machine, as for QEMU's -m: 512M, 2G; without\n"
"                          a letter the unit is MiB\n"
"      --initrd-gpa GPA    where the initrd is, instead of deriving it from --mem\n"
"      --boot-params-gpa GPA  where boot_params is (default 0x97000)\n"
"      --launch DIR        take kernel, initrd, cmdline and mem from a directory\n"
"                          that 'softsnp run --launch-dir DIR' wrote, and compare\n"
"                          the page list with DIR/pages if there is one\n"
"      --svsm              the guest runs under SoftSNP's SVSM\n"
"      --debug-swap        the guest has debug registers of its own\n"
"      --secure-tsc        the guest has Secure TSC\n"
"  -q, --quiet             print the digest only\n"
"      --json              print the result as JSON\n"
"      --help              print this\n"
"\n"
"Exit status: 0 computed, 1 input that cannot be launched so or a page list that\n"
"differs, 2 could not look (usage, files).\n"
"\n"
"Examples:\n"
"  snpctl measure --kernel bzImage --initrd initrd.img --cmdline console=ttyS0 --mem 1G\n"
"  snpctl measure --launch launched/\n"
"  snpctl verify report.bin ... --measurement $(snpctl measure -q --launch launched/)\n";

enum {
	OPT_KERNEL = 256, OPT_INITRD, OPT_CMDLINE, OPT_CMDLINE_FILE, OPT_MEM, OPT_INITRD_GPA,
	OPT_BOOT_PARAMS_GPA, OPT_LAUNCH, OPT_SVSM, OPT_DEBUG_SWAP,
	OPT_SECURE_TSC, OPT_JSON, OPT_HELP,
};

static const struct option options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "cmdline-file", required_argument, NULL, OPT_CMDLINE_FILE },
	{ "mem", required_argument, NULL, OPT_MEM },
	{ "initrd-gpa", required_argument, NULL, OPT_INITRD_GPA },
	{ "boot-params-gpa", required_argument, NULL, OPT_BOOT_PARAMS_GPA },
	{ "launch", required_argument, NULL, OPT_LAUNCH },
	{ "svsm", no_argument, NULL, OPT_SVSM },
	{ "debug-swap", no_argument, NULL, OPT_DEBUG_SWAP },
	{ "secure-tsc", no_argument, NULL, OPT_SECURE_TSC },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{}
};

/* What the command line said. */
struct request {
	const char *kernel, *initrd, *cmdline, *cmdline_file, *dir;
	bool have_mem, have_initrd_gpa, quiet, json;
	uint64_t mem;
	struct launch launch;
	struct page_list list;		/* DIR/pages */
	bool have_list;
};

static int number_option(const char *name, const char *text, uint64_t *out)
{
	if (!number_parse(text, UINT64_MAX, out))
		return 0;
	complain("%s wants a number, decimal or 0x", name);
	return -1;
}

static int check_usage(const struct request *rq, const char *command)
{
	const char *wrong = NULL;

	if (rq->dir) {
		if (rq->kernel || rq->initrd || rq->cmdline || rq->cmdline_file || rq->have_mem ||
		    rq->have_initrd_gpa)
			wrong = "--launch already says what was launched";
	} else if (!rq->kernel || !rq->initrd) {
		wrong = !rq->kernel ? "--kernel is missing" : "--initrd is missing";
	} else if (!rq->cmdline == !rq->cmdline_file) {
		wrong = "one of --cmdline and --cmdline-file is needed";
	} else if (rq->have_mem == rq->have_initrd_gpa) {
		wrong = "one of --mem and --initrd-gpa is needed";
	}
	if (rq->quiet && rq->json)
		wrong = "--quiet and --json exclude each other";
	if (!wrong)
		return -1;
	complain("%s", wrong);
	return usage_error(command);
}

static int parse_options(struct request *rq, int argc, char **argv)
{
	int opt, bad = 0;

	rq->launch.boot_params_gpa = LAUNCH_BOOT_PARAMS_GPA;
	while (!bad && (opt = getopt_long(argc, argv, "q", options, NULL)) != -1) {
		switch (opt) {
		case OPT_KERNEL:
			rq->kernel = optarg;
			break;
		case OPT_INITRD:
			rq->initrd = optarg;
			break;
		case OPT_CMDLINE:
			rq->cmdline = optarg;
			break;
		case OPT_CMDLINE_FILE:
			rq->cmdline_file = optarg;
			break;
		case OPT_MEM:
			bad = size_parse(optarg, &rq->mem);
			if (bad)
				complain("--mem wants a size like 512M or 2G");
			rq->have_mem = true;
			break;
		case OPT_INITRD_GPA:
			bad = number_option("--initrd-gpa", optarg, &rq->launch.initrd_gpa);
			rq->have_initrd_gpa = true;
			break;
		case OPT_BOOT_PARAMS_GPA:
			bad = number_option("--boot-params-gpa", optarg,
					    &rq->launch.boot_params_gpa);
			break;
		case OPT_LAUNCH:
			rq->dir = optarg;
			break;
		case OPT_SVSM:
			rq->launch.svsm = true;
			break;
		case OPT_DEBUG_SWAP:
			rq->launch.debug_swap = true;
			break;
		case OPT_SECURE_TSC:
			rq->launch.secure_tsc = true;
			break;
		case 'q':
			rq->quiet = true;
			break;
		case OPT_JSON:
			rq->json = true;
			break;
		case OPT_HELP:
			fputs(help, stdout);
			return SNPCTL_OK;
		default:
			return usage_error(argv[0]);
		}
	}
	if (bad)
		return usage_error(argv[0]);
	if (optind != argc) {
		complain("unexpected argument: %s", argv[optind]);
		return usage_error(argv[0]);
	}
	return check_usage(rq, argv[0]);
}

static int read_cmdline_file(struct request *rq, const char *path)
{
	struct blob *text = &rq->launch.cmdline;

	/* Room for the newline that is dropped. */
	if (file_read(path, LAUNCH_CMDLINE_MAX + 1, text))
		return -1;
	if (text->len && text->data[text->len - 1] == '\n')
		text->len--;
	return 0;
}

static int read_given(struct request *rq)
{
	struct launch *l = &rq->launch;

	if (file_read(rq->kernel, LAUNCH_KERNEL_MAX, &l->kernel) ||
	    file_read(rq->initrd, LAUNCH_INITRD_MAX, &l->initrd))
		return -1;
	if (rq->cmdline_file)
		return read_cmdline_file(rq, rq->cmdline_file);
	l->cmdline.data = (uint8_t *)strdup(rq->cmdline);
	if (!l->cmdline.data) {
		complain("out of memory");
		return -1;
	}
	l->cmdline.len = strlen(rq->cmdline);
	return 0;
}

static char *in_dir(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) >= 0)
		return path;
	complain("out of memory");
	return NULL;
}

static int read_in_dir(const struct request *rq, const char *name, size_t max, struct blob *out)
{
	char *path = in_dir(rq->dir, name);
	int ret = path ? file_read(path, max, out) : -1;

	free(path);
	return ret;
}

/* A decimal number of bytes. */
static int read_mem(struct request *rq)
{
	struct blob file;
	char text[32];
	int ret = -1;

	if (read_in_dir(rq, "mem", sizeof(text) - 1, &file))
		return -1;
	if (file.len && file.len < sizeof(text)) {
		memcpy(text, file.data, file.len);
		text[file.len - (file.data[file.len - 1] == '\n')] = '\0';
		text[file.len] = '\0';
		ret = number_parse(text, UINT64_MAX, &rq->mem);
	}
	blob_free(&file);
	rq->have_mem = !ret;
	if (ret)
		complain("%s/mem does not hold a number of bytes", rq->dir);
	return ret;
}

static int read_dir(struct request *rq)
{
	struct launch *l = &rq->launch;
	char *cmdline = in_dir(rq->dir, "cmdline"), *pages = in_dir(rq->dir, "pages");
	int ret = -1;

	if (cmdline && pages &&
	    !read_in_dir(rq, "kernel", LAUNCH_KERNEL_MAX, &l->kernel) &&
	    !read_in_dir(rq, "initrd", LAUNCH_INITRD_MAX, &l->initrd) &&
	    !read_cmdline_file(rq, cmdline) && !read_mem(rq))
		ret = page_list_read(&rq->list, pages, &rq->have_list);
	free(cmdline);
	free(pages);
	return ret;
}

static void print_people(const struct request *rq, const uint8_t *digest)
{
	const struct launch *l = &rq->launch;
	char hex[2 * LAUNCH_DIGEST_LEN + 1];
	struct style s = style_stdout();
	size_t i;

	printf("%sLaunch of a directly booted guest%s\n\n", s.bold, s.off);
	printf("  %s%-12s %-11s %-16s %7s %12s%s\n", s.dim, "what", "type", "GPA", "pages",
	       "bytes", s.off);
	for (i = 0; i < l->nr_regions; i++) {
		const struct launch_region *r = &l->region[i];

		printf("  %-12s %-11s 0x%-14" PRIx64 " %7zu", r->name, launch_type_name(r->type),
		       r->gpa, r->nr_pages);
		if (r->data)
			printf(" %12zu\n", r->len);
		else
			printf(" %12s\n", "not measured");
	}
	if (rq->have_list)
		printf("\nThe page list is that of %s/pages.\n", rq->dir);
	hex_format(hex, digest, LAUNCH_DIGEST_LEN);
	printf("\n%smeasurement %s%s\n", s.bold, hex, s.off);
}

static void print_json(const struct request *rq, const uint8_t *digest)
{
	const struct launch *l = &rq->launch;
	struct json j = { .out = stdout };
	size_t i;

	json_open(&j, NULL, '{');
	json_hex(&j, "measurement", digest, LAUNCH_DIGEST_LEN);
	if (rq->dir)
		json_bool(&j, "page_list_compared", rq->have_list);
	json_open(&j, "regions", '[');
	for (i = 0; i < l->nr_regions; i++) {
		const struct launch_region *r = &l->region[i];

		json_open(&j, NULL, '{');
		json_string(&j, "name", r->name);
		json_string(&j, "type", launch_type_name(r->type));
		json_number(&j, "gpa", r->gpa);
		json_number(&j, "pages", r->nr_pages);
		if (r->data)
			json_number(&j, "bytes", r->len);
		else
			json_null(&j, "bytes");
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
}

static int measure(struct request *rq)
{
	struct launch *l = &rq->launch;
	uint8_t digest[LAUNCH_DIGEST_LEN];
	char hex[2 * LAUNCH_DIGEST_LEN + 1];
	struct reason why;

	if ((rq->have_mem && !launch_place_initrd(l, rq->mem, &why)) ||
	    !launch_lay_out(l, &why) ||
	    (rq->have_list && !page_list_compare(&rq->list, l, &why)) ||
	    !launch_digest(l, digest, NULL, NULL, &why)) {
		complain("%s", why.text);
		return SNPCTL_REFUSED;
	}
	hex_format(hex, digest, sizeof(digest));
	if (rq->quiet)
		puts(hex);
	else if (rq->json)
		print_json(rq, digest);
	else
		print_people(rq, digest);
	return SNPCTL_OK;
}

int cmd_measure(int argc, char **argv)
{
	struct request *rq = calloc(1, sizeof(*rq));
	int status;

	if (!rq) {
		complain("out of memory");
		return SNPCTL_TROUBLE;
	}
	status = parse_options(rq, argc, argv);
	if (status < 0) {
		if (rq->dir ? read_dir(rq) : read_given(rq))
			status = SNPCTL_TROUBLE;
		else
			status = measure(rq);
	}
	page_list_free(&rq->list);
	blob_free(&rq->launch.kernel);
	blob_free(&rq->launch.initrd);
	blob_free(&rq->launch.cmdline);
	free(rq);
	return status;
}
