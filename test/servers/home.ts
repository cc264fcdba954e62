import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Owner } from './owner';
import { give } from './owner';

/**
 * The caretaker of a folder. Its last line of input is the pid of the server in the folder, or empty. When the
 * other end of the pipe is closed, it kills that process with its children and removes the folder. The pipe is
 * closed whether the test ends, its process ends, or SIGKILL ends the test run without a cleanup. A killed
 * Postgres also leaves a System V shared memory segment: its id is in line 7 of postmaster.pid.
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

/** A folder for one server. Both are removed however the test run ends. */
export class Home {
	static make(name: string, owner: Owner): Home {
		const folder = mkdtempSync(join(tmpdir(), `${name}-`));
		give(folder, owner);
		// The caretaker has its own session, so that it survives the end of the test run. It runs as the server's user,
		// because nobody else may remove the server's System V shared memory, not even root in a container.
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

	/** Tells the caretaker which process to kill at the end. */
	houses(pid: number | undefined): void {
		this.caretaker.stdin?.write(`${pid ?? ''}\n`);
	}

	/** Removes the folder. The server must have ended. */
	async clear(): Promise<void> {
		if (this.caretaker.exitCode !== null || this.caretaker.signalCode !== null) return;
		const ended = once(this.caretaker, 'exit');
		this.caretaker.ref();
		this.caretaker.stdin?.end();
		await ended;
	}
}
