import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Owner } from './owner';
import { give } from './owner';

/**
 * The caretaker of a folder: it reads who lives there (the last line it got: a process, or nothing), and when nobody
 * holds the other end of the pipe any more, it kills that process with its children and removes the folder. So it does
 * whatever becomes of the test run: the end of a test, of its process, or a SIGKILL that lets nobody say goodbye.
 * A killed Postgres also leaves a piece of System V memory: its number is in line 7 of postmaster.pid.
 */
const CARETAKER = `
while read -r line; do tenant=$line; done
if [ -n "$tenant" ]; then
	kill -STOP $tenant
	kill -KILL $(grep -ls "^PPid:[[:space:]]*$tenant$" /proc/[0-9]*/status | cut -d/ -f3) $tenant
fi
memory=$(sed -n '7s/.* //p' "$0/data/postmaster.pid")
[ -n "$memory" ] && ipcrm -m $memory
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf "$0" && exit
	sleep 0.1
done
`;

/** A folder for one server, and the certainty that both are gone in the end. */
export class Home {
	static make(name: string, owner: Owner): Home {
		const folder = mkdtempSync(join(tmpdir(), `${name}-`));
		give(folder, owner);
		// In a session of its own: what ends the test run does not end the caretaker. And as the server's user: nobody
		// else may remove its System V memory, not even root in a container.
		const caretaker = spawn('/bin/sh', ['-c', CARETAKER, folder], {
			...owner,
			cwd: '/',
			detached: true,
			stdio: ['pipe', 'ignore', 'ignore'],
		});
		// A test that forgets to stop a server does not keep the test run from ending.
		caretaker.unref();
		caretaker.stdin.on('error', () => undefined);
		return new Home(folder, owner, caretaker);
	}

	private constructor(
		readonly folder: string,
		readonly owner: Owner,
		private readonly caretaker: ChildProcess,
	) {}

	path(name: string): string {
		return join(this.folder, name);
	}

	/** Writes a file that only the server may read. */
	write(name: string, text: string): string {
		const path = this.path(name);
		writeFileSync(path, text, { mode: 0o600 });
		give(path, this.owner);
		return path;
	}

	/** Tells the caretaker who is to be killed in the end. */
	houses(pid: number | undefined): void {
		this.caretaker.stdin?.write(`${pid ?? ''}\n`);
	}

	/** Nobody lives here any more, and the folder is removed. */
	async clear(): Promise<void> {
		if (this.caretaker.exitCode !== null || this.caretaker.signalCode !== null) return;
		const ended = once(this.caretaker, 'exit');
		this.caretaker.ref();
		this.caretaker.stdin?.end();
		await ended;
	}
}
