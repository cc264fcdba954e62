import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';

import { Home } from '../../servers/home';
import { freePort } from '../../servers/ports';
import { killFamily, signalFamily } from '../../servers/processes';
import { Hopeless, until } from '../../servers/until';
import { addDatabase } from './emptyDatabase';
import type { N8nInstallation } from './installation';
import type { Environment } from './n8nEnvironment';
import { commonEnvironment } from './n8nEnvironment';
import { addToUserFolder } from './packed';
import { runProgram } from './program';

/** `main` has the editor and the API; in queue mode a `worker` runs the executions, and a `webhook` takes calls in. */
export type Role = 'main' | 'worker' | 'webhook';

export interface N8nProcessOptions {
	role: Role;
	installation: N8nInstallation;
	/** The folder with the package, as `packedNodes` makes it. */
	nodes: string;
	/** On top of what all have in common. */
	environment?: Environment;
	/** Where it listens; a free one unless said otherwise. */
	port?: number;
}

const COMMANDS: Readonly<Record<Role, readonly string[]>> = {
	main: ['start'],
	worker: ['worker', '--concurrency=10'],
	webhook: ['webhook'],
};

/** How often another port is tried when somebody took the one that was free. */
const ATTEMPTS = 5;

/** The first start of all brings the database up to date, on a machine that may be busy; in milliseconds. */
const START_PATIENCE = 120_000;

/** n8n gives running executions 30 seconds when it is asked to end; in milliseconds. */
const STOP_PATIENCE = 40_000;

/** How much of the log is told when a process does not start. */
const TAIL = 40;

/** One process of an n8n, with a user folder of its own, that a test may kill, pause and start again. */
export class N8nProcess {
	readonly role: Role;
	private readonly options: N8nProcessOptions;
	private chosenPort = 0;
	private brokerPort = 0;
	private child?: ChildProcess;
	/** Where the log of the present run begins. */
	private logStart = 0;

	/** Resolves when it answers. */
	static async start(options: N8nProcessOptions): Promise<N8nProcess> {
		const started = new N8nProcess(options);
		try {
			addToUserFolder(options.nodes, started.userFolder);
			addDatabase(options.installation, started.userFolder);
			await started.begin();
			return started;
		} catch (error) {
			await started.remove();
			throw error;
		}
	}

	private readonly home: Home;

	private constructor(options: N8nProcessOptions) {
		this.role = options.role;
		this.options = options;
		this.home = Home.make(`n8n-${options.role}`, undefined);
	}

	/** Of the editor and the API, or of a worker's health check. */
	get port(): number {
		return this.chosenPort;
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	get pid(): number {
		if (this.child?.pid === undefined) throw new Error(`The ${this.role} of n8n does not run`);
		return this.child.pid;
	}

	get userFolder(): string {
		return this.home.folder;
	}

	/** What it wrote since it was started first. */
	get log(): string {
		return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
	}

	/** SIGKILL for it and its task runner, as if the power were cut. Resolves when both are gone. */
	async kill(): Promise<void> {
		const { child } = this;
		if (!child?.pid) return;
		if (hasEnded(child)) {
			// Its number may be another's by now; that of its group is not, as long as somebody is left in there.
			killGroup(child.pid);
		} else {
			const ended = once(child, 'exit');
			await killFamily(child.pid);
			await ended;
		}
		this.home.houses(undefined);
		this.child = undefined;
	}

	/** Asks it to end, as a system does that shuts down; n8n lets executions come to their end first. */
	async stop(): Promise<void> {
		const { child } = this;
		if (child?.pid && !hasEnded(child)) {
			child.kill('SIGTERM');
			await until(`the end of the ${this.role}`, () => hasEnded(child), STOP_PATIENCE).catch(
				() => undefined,
			);
		}
		// Also what it may have left behind.
		await this.kill();
	}

	/** Starts again, on the same port and user folder; kills before that what still runs. */
	async restart(): Promise<void> {
		await this.kill();
		await this.run();
	}

	/** SIGSTOP for it and its task runner: connections stay open, timers stand still, nobody answers. */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	async resume(): Promise<void> {
		await signalFamily(this.pid, 'SIGCONT');
	}

	/** Runs a command of n8n, as in a terminal beside it; resolves with what it said. */
	async command(...args: string[]): Promise<string> {
		const { node, bin } = this.options.installation;
		const env = { ...this.environment, N8N_RUNNERS_BROKER_PORT: String(await freePort()) };
		return runProgram([node, bin, ...args], { cwd: this.userFolder, env });
	}

	/** The end: it is gone and so is its user folder. */
	async remove(): Promise<void> {
		await this.kill();
		await this.home.clear();
	}

	private async begin(): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			this.chosenPort = this.options.port ?? (await freePort());
			this.brokerPort = await freePort();
			try {
				await this.run();
				return;
			} catch (error) {
				const taken = /already in use/i.test(this.logOfRun);
				if (!taken || this.options.port !== undefined || attempt === ATTEMPTS) throw error;
				await this.kill();
			}
		}
	}

	private async run(): Promise<void> {
		const { role } = this;
		const child = this.spawn();
		const reason = (why: string) =>
			`The ${role} of n8n ${why}. Its log ended with:\n${this.logOfRun.split('\n').slice(-TAIL).join('\n')}`;
		try {
			await until(
				'an answer',
				() => {
					if (child.pid === undefined || hasEnded(child))
						throw new Hopeless('ended before it answered');
					return this.answers();
				},
				START_PATIENCE,
			);
		} catch (error) {
			const why =
				error instanceof Hopeless ? error.message : `did not answer within ${START_PATIENCE} ms`;
			throw new Error(reason(why), { cause: error });
		}
	}

	private spawn(): ChildProcess {
		const { installation, role } = this.options;
		this.logStart = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
		const log = openSync(this.logFile, 'a');
		// In a session of its own: Ctrl+C is for the tests.
		const child = spawn(installation.node, [installation.bin, ...COMMANDS[role]], {
			cwd: this.userFolder,
			env: this.environment,
			detached: true,
			stdio: ['ignore', log, log],
		});
		closeSync(log);
		child.unref();
		child.on('error', () => undefined);
		this.child = child;
		this.home.houses(child.pid);
		return child;
	}

	private get environment(): Environment {
		const { installation, environment, role } = this.options;
		return {
			...commonEnvironment(installation, this.userFolder),
			N8N_PORT: String(this.port),
			N8N_RUNNERS_BROKER_PORT: String(this.brokerPort),
			...(role === 'worker' && {
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(this.port),
			}),
			...environment,
		};
	}

	private async answers(): Promise<boolean> {
		if (this.role !== 'main') return (await fetch(`${this.url}/healthz/readiness`)).ok;
		// Until its last start-up message the webhooks of published workflows may not be there.
		if (!this.logOfRun.includes('Editor is now accessible')) return false;
		// While it starts it answers, and with words.
		const answer = await fetch(`${this.url}/rest/settings`);
		return answer.ok && typeof (await answer.json()) === 'object';
	}

	private get logFile(): string {
		return this.home.path('n8n.log');
	}

	private get logOfRun(): string {
		return Buffer.from(this.log).subarray(this.logStart).toString();
	}
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

function killGroup(leader: number): void {
	try {
		process.kill(-leader, 'SIGKILL');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}
