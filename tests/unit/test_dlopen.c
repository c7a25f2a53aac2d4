/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built module as an application sees it: what it exports, what it pulls in, and that loading
 * and unloading it a thousand times leaves nothing. SWRAP_MODULE names it, else
 * .libs/pam_swrap.so.
 */
#include "unit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 1000 };

static const char *const functions[] = {
	"pam_sm_authenticate", "pam_sm_setcred",       "pam_sm_acct_mgmt",
	"pam_sm_open_session", "pam_sm_close_session", "pam_sm_chauthtok",
};
enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

static const char *module_path(void)
{
	const char *path = getenv("SWRAP_MODULE");

	return path ? path : ".libs/pam_swrap.so";
}

static void *load(void)
{
	void *module = dlopen(module_path(), RTLD_NOW | RTLD_LOCAL);

	if (!module)
		fail_msg("%s", dlerror());
	return module;
}

struct usage {
	int fds, threads, maps;
	long kilobytes;
};

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static struct usage measure(void)
{
	struct usage u = { .fds = count_entries("/proc/self/fd"),
			   .threads = count_entries("/proc/self/task") };
	FILE *maps = fopen("/proc/self/maps", "re");
	FILE *statm = fopen("/proc/self/statm", "re");
	char line[4096];

	assert_true(maps && statm);
	while (fgets(line, sizeof(line), maps))
		u.maps++;
	assert_int_equal(fscanf(statm, "%*d %ld", &u.kilobytes), 1);
	u.kilobytes *= sysconf(_SC_PAGESIZE) / 1024;
	(void)fclose(maps);
	(void)fclose(statm);
	return u;
}

static void load_and_unload(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		void *module = load();

		assert_non_null(dlsym(module, "pam_sm_open_session"));
		assert_int_equal(dlclose(module), 0);
		assert_null(dlopen(module_path(), RTLD_NOW | RTLD_NOLOAD));
	}
}

static void test_a_thousand_rounds(void **state)
{
	struct usage before, after;
	void *pam = dlopen("libpam.so.0", RTLD_NOW); /* an application has it already */

	(void)state;
	assert_non_null(pam);
	load_and_unload(10);
	before = measure();
	load_and_unload(ROUNDS);
	after = measure();
	assert_int_equal(after.fds, before.fds);
	assert_int_equal(after.threads, before.threads);
#ifndef __SANITIZE_ADDRESS__ /* its own bookkeeping grows with every load */
	assert_int_equal(after.maps, before.maps);
	assert_true(after.kilobytes - before.kilobytes < 256);
#endif
	assert_int_equal(dlclose(pam), 0);
}

/* The file in memory, read-only; never unmapped: the test ends soon. */
static const unsigned char *map_module(void)
{
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *image;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(image != MAP_FAILED);
	(void)close(fd);
	return image;
}

static const ElfW(Shdr) *find_section(const unsigned char *image, unsigned int type)
{
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Shdr) *sections = (const void *)(image + head->e_shoff);

	for (unsigned int i = 0; i < head->e_shnum; i++) {
		if (sections[i].sh_type == type)
			return &sections[i];
	}
	fail_msg("no section of type %u", type);
	return NULL;
}

static const char *strings_of(const unsigned char *image, const ElfW(Shdr) *section)
{
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Shdr) *sections = (const void *)(image + head->e_shoff);

	return (const char *)image + sections[section->sh_link].sh_offset;
}

static void test_exports_only_pam_functions(void **state)
{
	const unsigned char *image = map_module();
	const ElfW(Shdr) *section = find_section(image, SHT_DYNSYM);
	const ElfW(Sym) *symbols = (const void *)(image + section->sh_offset);
	const char *names = strings_of(image, section);
	int exported = 0;

	(void)state;
	for (size_t i = 0; i < section->sh_size / sizeof(*symbols); i++) {
		const char *name = names + symbols[i].st_name;
		bool known = false;

		if (symbols[i].st_shndx == SHN_UNDEF)
			continue;
		for (int f = 0; f < FUNCTIONS; f++)
			known = known || strcmp(functions[f], name) == 0;
		if (!known)
			fail_msg("%s is exported", name);
		exported++;
	}
	assert_int_equal(exported, FUNCTIONS);
}

static bool may_need(const char *name)
{
	static const char *const libraries[] = {
		"libpam.so.", "libc.so.", "ld-linux", "libasan.so.", "libubsan.so.",
	};

	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		if (strncmp(name, libraries[i], strlen(libraries[i])) == 0)
			return true;
	}
	return false;
}

static void test_links_libpam_only(void **state)
{
	const unsigned char *image = map_module();
	const ElfW(Shdr) *section = find_section(image, SHT_DYNAMIC);
	const ElfW(Dyn) *entry = (const void *)(image + section->sh_offset);
	const char *names = strings_of(image, section);
	bool now = false;

	(void)state;
	for (; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_NEEDED && !may_need(names + entry->d_un.d_val))
			fail_msg("%s is needed", names + entry->d_un.d_val);
		if (entry->d_tag == DT_TEXTREL)
			fail_msg("text relocations");
		if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_BIND_NOW))
			now = true;
#ifndef __SANITIZE_ADDRESS__ /* it adds one to every object */
		if (entry->d_tag == DT_FINI_ARRAYSZ)
			assert_true(entry->d_un.d_val <= sizeof(void *)); /* crtstuff's own */
#endif
	}
	assert_true(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_rounds),
		cmocka_unit_test(test_exports_only_pam_functions),
		cmocka_unit_test(test_links_libpam_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
