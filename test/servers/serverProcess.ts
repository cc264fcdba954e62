import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

import type { Home } from './home';
import { freePort } from './ports';
import { killFamily, signalFamily } from './processes';
import { Hopeless, until } from './until';

/** Number of ports to try if another process takes the free port first. */
const ATTEMPTS = 5;

/** A server in its own process, which a test can kill, pause and restart. */
export abstract class ServerProcess {
	readonly host = '127.0.0.1';
	private chosenPort = 0;
	private child?: ChildProcess;

	protected constructor(protected readonly home: Home) {}

	get port(): number {
		return this.chosenPort;
	}

	/** The pid of the process that was started, not of its children. */
	get pid(): number {
		if (this.child?.pid === undefined) throw new Error('The server does not run');
		return this.child.pid;
	}

	get folder(): string {
		return this.home.folder;
	}

	/** The server's log. */
	get log(): string {
		return readFileSync(this.home.path('log'), 'utf8');
	}

	/** Sends SIGKILL to the server and all its children. Resolves when all have ended. */
	async kill(): Promise<void> {
		const { child } = this;
		// The pid of a process that has ended may belong to another process by now.
		if (child?.pid !== undefined && !hasEnded(child)) {
			const ended = once(child, 'exit');
			await killFamily(child.pid);
			await ended;
		}
		this.child = undefined;
	}

	/** Restarts on the same data and the same port. Kills the processes that are still running. */
	async restart(): Promise<void> {
		await this.kill();
		await this.run();
	}

	/** Sends SIGSTOP to the server and all its children: connections stay open, but nothing answers. */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	async resume(): Promise<void> {
		await signalFamily(this.pid, 'SIGCONT');
	}

	/** Ends the server and removes its folder. */
	async stop(): Promise<void> {
		await this.kill();
		await this.home.clear();
	}

	/** The program and its arguments. */
	protected abstract command(): [string, ...string[]];

	/** Connects, and resolves with true if this server itself answered: another process may have taken the port. */
	protected abstract answers(): Promise<boolean>;

	protected async begin(): Promise<void> {
		try {
			for (let attempt = 1; ; attempt++) {
				this.chosenPort = await freePort();
				try {
					await this.run();
					return;
				} catch (error) {
					const taken = /address already in use/i.test(this.log);
					if (!taken || attempt === ATTEMPTS) throw error;
				}
			}
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	private async run(): Promise<void> {
		const [program, ...args] = this.command();
		const log = openSync(this.home.path('log'), 'w');
		// English server messages, and a separate session, so that Ctrl+C only reaches the tests.
		const child = spawn(program, args, {
			...this.home.owner,
			cwd: this.home.folder,
			env: { ...process.env, LC_ALL: 'C' },
			detached: true,
			stdio: ['ignore', log, log],
		});
		closeSync(log);
		child.unref();
		child.on('error', () => undefined);
		child.on('exit', () => this.home.houses(undefined));
		this.child = child;
		this.home.houses(child.pid);
		await until(`an answer of ${program}`, () => {
			if (child.pid === undefined || hasEnded(child))
				throw new Hopeless(`${program} ended before it answered: ${this.log}`);
			return this.answers();
		});
	}
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}
