/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What swrap check reads of others: a line of sshd -T a line; then all of it as a file of PAM's. */
#include "fuzz.h"

#include "src/cmd_findings.h"
#include "src/cmd_pam_line.h"

#include <json-c/json.h>
#include <sys/mman.h>

static void read_as_sshd(const char *from)
{
	struct findings findings = { .list = json_object_new_array() };
	_free_ char *text = strdup(from);
	char *save, *line;
	unsigned int n = 0;

	HOLDS(text && findings.list);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strpbrk(line, " \t");

		if (!value)
			continue;
		*value++ = 0;
		check_sshd_line(&findings, line, value);
	}
	for (int i = 0; i < FINDING_KINDS; i++)
		n += findings.n[i];
	HOLDS(json_object_array_length(findings.list) == n && n == findings.n[FINDING_WARNING]);
	(void)json_object_put(findings.list);
}

static void check_line(const struct pam_line *line)
{
	HOLDS(line->found ? line->line > 0 && line->file[0] : line->n == 0);
	HOLDS(line->n <= PAM_LINE_ARGUMENTS);
	for (uint32_t i = 0; i < line->n; i++) {
		const char *at = line->arguments[i];

		HOLDS(at >= line->text && at < line->text + sizeof(line->text));
		HOLDS(strlen(at) < (size_t)(line->text + sizeof(line->text) - at));
	}
}

static void read_as_pam(const uint8_t *data, size_t size)
{
	struct pam_line *line = calloc(1, sizeof(*line));
	_close_ int fd = memfd_create("pam", MFD_CLOEXEC);
	struct err e = { 0 };
	char service[16];
	int r;

	HOLDS(line && fd >= 0);
	HOLDS(write(fd, data, size) == (ssize_t)size);
	(void)sprintf(service, "%d", fd);
	r = pam_line_find("/proc/self/fd", service, line, &e);
	HOLDS((r < 0) == (e.num != 0));
	if (r == 0)
		check_line(line);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);

	read_as_sshd(text);
	/* A file of PAM's may include another: root's own, so /dev/zero is his affair. */
	if (!strchr(text, '/') && strlen(text) == size)
		read_as_pam(data, size);
	return 0;
}
