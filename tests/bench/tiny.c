/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tiny.c - the smallest program an exec can start: what is left is the exec itself. */
int main(void)
{
	return 0;
}
