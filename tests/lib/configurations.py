#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""configurations.py SEED COUNT DIRECTORY: random profiles rand0.conf, rand1.conf, ... in DIRECTORY.

Each is a random choice of directives, of values for them, and of steps that are required or preferred. Many
come to a session, some to a refusal: of both, explain must tell the truth.
"""
import random
import sys

SANDBOX = {
    'NoNewPrivileges': ['yes', 'no'],
    'PrivateTmp': ['yes', 'no'],
    'PrivateDevices': ['yes', 'no'],
    'PrivateNetwork': ['yes', 'no'],
    'PrivateIPC': ['yes', 'no'],
    'PrivatePIDs': ['yes', 'yes', 'yes', 'no'],
    'PrivateUsers': ['no', 'self', 'identity'],
    'ProtectHostname': ['yes', 'no'],
    'ProtectSystem': ['yes', 'full', 'strict', 'no'],
    'ProtectHome': ['no', 'read-only'],
    'ProtectKernelTunables': ['yes', 'no'],
    'ProtectKernelModules': ['yes', 'no'],
    'ProtectKernelLogs': ['yes', 'no'],
    'ProtectClock': ['yes', 'no'],
    'ProtectControlGroups': ['yes', 'no'],
    'ReadOnlyPaths': ['/opt', '-/nowhere /srv', '/proc'],
    'InaccessiblePaths': ['/mnt', '-/nowhere'],
    'CapabilityBoundingSet': ['', 'CAP_KILL CAP_SETUID', '~CAP_SYS_ADMIN'],
    'LimitNOFILE': ['256', '512:1024'],
    'LimitCORE': ['0'],
    'UMask': ['077', '022'],
    'TasksMax': ['200'],
    'RequireLockdown': ['integrity'],
    'Environment': ['A=b "C=d e"'],
}
FILTER = {
    'SystemCallFilter': ['@login', '@strict'],
    'MemoryDenyWriteExecute': ['yes', 'no'],
    'RestrictRealtime': ['yes', 'no'],
    'LockPersonality': ['yes', 'no'],
}
SESSION = {'Linger': ['kill', 'grace:3', 'keep']}
# Steps that may be preferred, and some that may not.
STEPS = ['pid-namespace', 'ipc-namespace', 'uts-namespace', 'network-namespace', 'cgroup',
         'lockdown', 'memfd-noexec', 'no-new-privs', 'bounding-set', 'rlimits', 'tty', 'landlock', 'uid',
         'seccomp']


def section(rng, name, table, most):
    lines = ['[%s]' % name]
    for key in rng.sample(sorted(table), rng.randint(0, most)):
        lines.append('%s=%s' % (key, rng.choice(table[key])))
    return lines


def profile(rng):
    lines = section(rng, 'Sandbox', SANDBOX, 7) + section(rng, 'Filter', FILTER, 2)
    if not any(line.startswith('SystemCallFilter') for line in lines):
        lines.append('SystemCallFilter=@login')
    lines += section(rng, 'Session', SESSION, 1)
    for key in 'Prefer', 'Require':
        steps = rng.sample(STEPS, rng.choice([0, 0, 1, 2]))
        if steps:
            lines.append('%s=%s' % (key, ' '.join(steps)))
    return '\n'.join(lines) + '\n'


def main():
    seed, count, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    rng = random.Random(seed)
    for i in range(count):
        with open('%s/rand%d.conf' % (directory, i), 'w', encoding='ascii') as out:
            out.write(profile(rng))


main()
