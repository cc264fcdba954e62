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

/**
 * `main` has the editor and the API. In queue mode, a `worker` runs the executions, and a `webhook` process
 * accepts calls.
 */
export type Role = 'main' | 'worker' | 'webhook';

export interface N8nProcessOptions {
	role: Role;
	installation: N8nInstallation;
	/** The folder with the package, as `packedNodes` returns it. */
	nodes: string;
	/** Added to the common environment. */
	environment?: Environment;
	/** The port to listen on; default: a free one. */
	port?: number;
}

const COMMANDS: Readonly<Record<Role, readonly string[]>> = {
	main: ['start'],
	worker: ['worker', '--concurrency=10'],
	webhook: ['webhook'],
};

/** Number of ports to try if another process takes the free port first. */
const ATTEMPTS = 5;

/** ms. The very first start migrates the database, possibly on a busy machine. */
const START_PATIENCE = 300_000;

/** ms. When n8n is asked to end, it gives running executions 30 seconds. */
const STOP_PATIENCE = 40_000;

/** Number of log lines in the error if a process does not start. */
const TAIL = 40;

/** One process of an n8n with its own user folder, which a test can kill, pause and restart. */
export class N8nProcess {
	readonly role: Role;
	private readonly options: N8nProcessOptions;
	private chosenPort = 0;
	private brokerPort = 0;
	private child?: ChildProcess;
	/** The position in the log at which the current run begins. */
	private logStart = 0;

	/** Resolves when the process answers. */
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

	/** The port of the editor and the API, or of a worker's health check. */
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

	/** The log since the first start. */
	get log(): string {
		return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
	}

	/** Sends SIGKILL to the process and its task runner, like a power failure. Resolves when both have ended. */
	async kill(): Promise<void> {
		const { child } = this;
		if (!child?.pid) return;
		if (hasEnded(child)) {
			// Its pid may have been reused by now, but the group's id is not, as long as a process is left in the group.
			killGroup(child.pid);
		} else {
			const ended = once(child, 'exit');
			await killFamily(child.pid);
			await ended;
		}
		this.home.houses(undefined);
		this.child = undefined;
	}

	/** Resolves when the process has ended, whoever ended it. */
	async ended(): Promise<void> {
		const { child } = this;
		if (child && !hasEnded(child)) await once(child, 'exit');
	}

	/** Asks it to end, as a system shutdown does; n8n lets running executions finish first. */
	async stop(): Promise<void> {
		const { child } = this;
		if (child?.pid && !hasEnded(child)) {
			child.kill('SIGTERM');
			await until(`the end of the ${this.role}`, () => hasEnded(child), STOP_PATIENCE).catch(
				() => undefined,
			);
		}
		// Also kills processes that it may have left behind.
		await this.kill();
	}

	/** Restarts on the same port and user folder. Kills the processes that are still running. */
	async restart(): Promise<void> {
		await this.kill();
		await this.run();
	}

	/**
	 * Sends SIGSTOP to the process and its task runner: connections stay open, timers do not run, nothing answers.
	 */
	async pause(): Promise<void> {
		await signalFamily(this.pid, 'SIGSTOP');
	}

	async resume(): Promise<void> {
		await signalFamily(this.pid, 'SIGCONT');
	}

	/** Runs an n8n command, as in a terminal beside it. Resolves with its output. */
	async command(...args: string[]): Promise<string> {
		const { node, bin } = this.options.installation;
		const env = { ...this.environment, N8N_RUNNERS_BROKER_PORT: String(await freePort()) };
		return runProgram([node, bin, ...args], { cwd: this.userFolder, env });
	}

	/** Ends the process and removes its user folder. */
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
		// A separate session, so that Ctrl+C only reaches the tests.
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
		// The webhooks of published workflows may not be registered before its last start-up message.
		if (!this.logOfRun.includes('Editor is now accessible')) return false;
		// While it starts, it answers with text instead of JSON.
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
