/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first instructions. The kernel leaves argc, argv, envp and auxv at the stack pointer (x86-64
 * psABI 3.4.1); the C code wants that address and an aligned stack, and never returns.
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	attach_start
	hlt
	.size	_start, . - _start
	.section .note.GNU-stack, "", @progbits
