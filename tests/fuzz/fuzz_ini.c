/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokeniser, all of it: settings with their words in both kinds of escapes, then as a table of lines. */
#include "fuzz.h"

#include "src/ini.h"

static void words(char *value, enum ini_escapes escapes, const char *end)
{
	const char *reason = NULL;
	char *at = value, *word;
	int r;

	while ((r = ini_word(&at, escapes, &word, &reason)) == 1) {
		HOLDS(word >= value && word <= at && at <= end);
		HOLDS(strlen(word) <= (size_t)(end - word));
	}
	HOLDS(r == 0 || reason);
}

static void settings(const uint8_t *data, size_t size, enum ini_escapes escapes)
{
	_free_ char *text = fuzz_text(data, size);
	struct ini_setting setting;
	struct err e = { 0 };
	uint32_t line = 0;
	struct ini ini;

	ini_init(&ini, "fuzz", text, size);
	while (ini_next(&ini, &setting, &e) == 1) {
		HOLDS(setting.line >= line && setting.key[0] && setting.section[0]);
		HOLDS(!strchr(setting.key, '=') && !strchr(setting.value, '\n'));
		line = setting.line;
		words(setting.value, escapes, text + size);
	}
	HOLDS(e.num == 0 || strncmp(e.about, "fuzz:", 5) == 0);
}

static void lines(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	struct err e = { 0 };
	struct ini ini;
	char *line;

	ini_init(&ini, "fuzz", text, size);
	while (ini_line(&ini, &line, &e) == 1) {
		HOLDS(line[0] && line[0] != '#' && line[0] != ';' && line[0] != ' ');
		words(line, INI_LITERAL, text + size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	settings(data, size, INI_ESCAPES);
	settings(data, size, INI_LITERAL);
	lines(data, size);
	return 0;
}
