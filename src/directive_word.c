/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one word of a list may be.
 */
#include "directive_kind.h"

#include "name.h"
#include "num.h"
#include "value.h"

#include <limits.h>
#include <string.h>

enum { ENTRIES_OF_ENVIRONMENT = 256 };

static int check_path(char *word, char *reason)
{
	char *path = word + (word[0] == '-');

	return value_path(path) < 0 ?
		       directive_refuse(reason, "expected an absolute path, not %.100s", word) : 0;
}

static bool is_path(const char *text, size_t length)
{
	char path[PATH_MAX];

	if (length >= sizeof(path))
		return false;
	memcpy(path, text, length);
	path[length] = 0;
	return value_path(path) == 0;
}

static int check_bind(char *word, char *reason)
{
	const char *source = word + (word[0] == '-'), *destination, *option;
	size_t length = strcspn(source, ":");
	bool good = is_path(source, length);

	if (good && source[length]) {
		destination = source + length + 1;
		length = strcspn(destination, ":");
		good = is_path(destination, length);
		option = destination + length;
		good = good && (!*option || strcmp(option, ":rbind") == 0 ||
				strcmp(option, ":norbind") == 0);
	}
	return good ? 0 : directive_refuse(reason, "expected SOURCE[:DESTINATION[:rbind|norbind]], not %.100s",
					   word);
}

/* What a tmpfs for a session may be told; nothing that would weaken the mount. */
static bool is_tmpfs_option(const char *option, size_t length)
{
	static const char *const plain[] = { "ro", "rw", "noexec", "nodev", "nosuid" };
	static const char *const valued[] = { "size=", "nr_inodes=", "mode=" };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (strlen(plain[i]) == length && memcmp(option, plain[i], length) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(valued); i++) {
		size_t n = strlen(valued[i]);

		if (length > n && memcmp(option, valued[i], n) == 0)
			return strspn(option + n, "0123456789kKmMgG%") >= length - n;
	}
	return false;
}

static int check_temporary(char *word, char *reason)
{
	size_t length = strcspn(word, ":");
	const char *option = word + length;
	bool good = is_path(word, length);

	while (good && *option) {
		option++;
		length = strcspn(option, ",");
		good = is_tmpfs_option(option, length);
		option += length;
	}
	return good ? 0 : directive_refuse(reason, "expected PATH[:ro,size=,mode=,nr_inodes=,noexec], not %.100s",
					   word);
}

static int check_landlock(char *word, char *reason)
{
	const char *path = word + (word[0] == '-'), *colon = strrchr(path, ':');
	size_t n = colon ? strlen(colon + 1) : 0;
	bool good = colon && n > 0 && strspn(colon + 1, "rwxcd") == n && is_path(path, (size_t)(colon - path));

	for (const char *right = colon; good && *++right;)
		good = !strchr(right + 1, *right);
	return good ? 0 : directive_refuse(reason, "expected PATH:RIGHTS, rights of rwxcd, not %.100s", word);
}

static int check_credential(char *word, char *reason)
{
	size_t length = strcspn(word, ":");
	bool good = length > 0 && length < NAME_MAX && word[length] && word[0] != '.' &&
		    !memchr(word, '/', length) && is_path(word + length + 1, strlen(word + length + 1));

	return good ? 0 : directive_refuse(reason, "expected ID:PATH, not %.100s", word);
}

static int check_assignment(char *word, char *reason)
{
	size_t length = strcspn(word, "=");

	return word[length] && value_is_variable(word, length) ?
		       0 : directive_refuse(reason, "expected NAME=value, not %.60s", word);
}

static int check_variable(char *word, char *reason)
{
	return value_is_variable(word, strlen(word)) ?
		       0 : directive_refuse(reason, "expected the name of a variable, not %.60s", word);
}

static int check_variable_out(char *word, char *reason)
{
	return value_is_variable(word, strcspn(word, "=")) ?
		       0 : directive_refuse(reason, "expected NAME or NAME=value, not %.60s", word);
}

/* Only its form: which calls and sets there are, the filter's compiler knows. */
static int check_call(char *word, char *reason)
{
	const char *name = word + (word[0] == '?');
	size_t length = strspn(name + (name[0] == '@'), "abcdefghijklmnopqrstuvwxyz0123456789_-");
	const char *error = name + (name[0] == '@') + length;
	uint64_t number;
	bool good = length > 0 && !(name != word && name[0] == '@');

	if (good && *error)
		good = *error == ':' && (name_errno(error + 1) > 0 || strcmp(error + 1, "kill") == 0 ||
					 num_parse_u64(error + 1, 1, 4095, &number) == 0);
	return good ? 0 : directive_refuse(reason, "expected the name of a system call, ?call or @set, "
					   "perhaps with :ERROR, not %.60s", word);
}

static const char *const architectures[] = {
	"native", "x86", "x86-64", "x32", "arm", "arm64", "riscv64", "ppc64", "ppc64-le", "s390", "s390x",
};

static const char *architecture_name(unsigned int number)
{
	return architectures[number];
}

static const char *const namespaces[] = {
	"cgroup", "ipc", "net", "mnt", "pid", "user", "uts", "time", "yes", "no",
};

static const char *namespace_name(unsigned int number)
{
	return namespaces[number];
}

static int check_name(const char *word, const char *expected, const char *(*name)(unsigned int), unsigned int n,
		      char *reason)
{
	for (unsigned int i = 0; i < n; i++)
		if (name(i) && strcmp(name(i), word) == 0)
			return 0;
	return directive_refuse_word(reason, expected, word, name_nearest(word, name, n));
}

static int check_architecture(char *word, char *reason)
{
	return check_name(word, "an architecture", architecture_name, ARRAY_SIZE(architectures), reason);
}

static int check_namespace(char *word, char *reason)
{
	return check_name(word, "yes, no or a kind of namespace", namespace_name, ARRAY_SIZE(namespaces),
			  reason);
}

static int check_family(char *word, char *reason)
{
	if (strcmp(word, "none") == 0 || name_family(word) >= 0)
		return 0;
	return directive_refuse_word(reason, "none or an address family", word,
				     name_nearest(word, name_of_family, NAME_FAMILIES));
}

const struct directive_word_kind directive_words[TYPE_COUNT_OF_TYPES] = {
	[TYPE_PATHS] = { check_path, DIRECTIVE_LIST, false },
	[TYPE_BINDS] = { check_bind, DIRECTIVE_LIST, false },
	[TYPE_TEMPORARY] = { check_temporary, DIRECTIVE_LIST, false },
	[TYPE_LANDLOCK] = { check_landlock, DIRECTIVE_LIST, false },
	[TYPE_CREDENTIALS] = { check_credential, DIRECTIVE_LIST, false },
	[TYPE_ASSIGNMENTS] = { check_assignment, ENTRIES_OF_ENVIRONMENT, false },
	[TYPE_VARIABLES] = { check_variable, ENTRIES_OF_ENVIRONMENT, false },
	[TYPE_VARIABLES_OUT] = { check_variable_out, ENTRIES_OF_ENVIRONMENT, false },
	[TYPE_CALLS] = { check_call, DIRECTIVE_LIST, true },
	[TYPE_ARCHITECTURES] = { check_architecture, DIRECTIVE_LIST, false },
	[TYPE_FAMILIES] = { check_family, DIRECTIVE_LIST, true },
	[TYPE_NAMESPACES] = { check_namespace, DIRECTIVE_LIST, true },
};
