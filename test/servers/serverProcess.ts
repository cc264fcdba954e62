import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

import type { Home } from './home';
import { freePort } from './ports';
import { killFamily, signalFamily } from './processes';
import { Hopeless, until } from './until';

/** How often another port is tried when somebody took the one that was free. */
const ATTEMPTS = 5;

/** A server in a process of its own, which a test may kill, pause and start again. */
export abstract class ServerProcess {
	readonly host = '127.0.0.1';
	private chosenPort = 0;
	private child?: ChildProcess;

	protected constructor(protected readonly home: Home) {}

	get port(): number {
		return this.chosenPort;
	}

	/** The process that was started; its children are not counted. */
	get pid(): number {
		if (this.child?.pid === undefined) throw new Error('The server does not run');
		return this.child.pid;
	}

	get folder(): string {
		return this.home.folder;
	}

	/** What the server wrote to its log. */
	get log(): string {
		return readFileSync(this.home.path('log'), 'utf8');
	}

	/** SIGKILL for the server and all its children. Resolves when all are gone. */
	async kill(): Promise<void> {
		const { child } = this;
		// The number of one that ended by itself may belong to somebody else by now.
		if (child?.pid !== undefined && !hasEnded(child)) {
			const ended = once(child, 'exit');
			await killFamily(child.pid);
			await ended;
		}
		this.child = undefined;
	}

	/** Starts again on the same data and the same port; kills before that what still runs. */
	async restart(): Promise<void> {
		await this.kill();
		await this.run();
	}

	/** SIGSTOP for the server and all its children: connections stay open, and nobody answers. */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	async resume(): Promise<void> {
		await signalFamily(this.pid, 'SIGCONT');
	}

	/** The end: the server is gone and so is its folder. */
	async stop(): Promise<void> {
		await this.kill();
		await this.home.clear();
	}

	/** The program and its arguments. */
	protected abstract command(): [string, ...string[]];

	/** Connects, and resolves with true when this very server answered: another one may have got the port. */
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
		// The messages of the server in English, and a session of its own: Ctrl+C is for the tests.
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
