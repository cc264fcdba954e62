import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { TYPESCRIPT } from '../../typescript';

/** What a child of these tests is told to do with the file. */
export type ProcessCommand =
	| { do: 'open'; file: string }
	| { do: 'insert'; file: string; ids: string[] }
	| { do: 'hold'; file: string; ms: number }
	| { do: 'writeUntilKilled'; file: string }
	| { do: 'openAs'; file: string; uid: number };

/** Another n8n process on this host: it obeys one order after the other. */
export class Child {
	private constructor(private readonly child: ChildProcess) {}

	/** Starts a process, and waits until it can take orders. */
	static async start(): Promise<Child> {
		const child = fork(join(__dirname, 'worker.ts'), {
			execArgv: TYPESCRIPT,
			stdio: 'inherit',
		});
		const started = new Child(child);
		await started.next();
		return started;
	}

	async obey<R>(order: ProcessCommand): Promise<R> {
		const answer = this.next();
		this.child.send(order);
		return (await answer) as R;
	}

	/** The next message of the child. */
	next(): Promise<unknown> {
		return new Promise((resolve, reject) => {
			this.child.once('message', (message) => {
				this.child.off('exit', reject);
				resolve(message);
			});
			this.child.once('exit', reject);
		});
	}

	/** All messages, as they come. */
	onMessage(handleMessage: (message: unknown) => void): void {
		this.child.on('message', handleMessage);
	}

	send(order: ProcessCommand): void {
		this.child.send(order);
	}

	/** Ends it as a crash or the out-of-memory killer does; resolves when it is gone. */
	kill(): Promise<void> {
		return new Promise((resolve) => {
			if (this.child.exitCode !== null || this.child.signalCode !== null) resolve();
			this.child.once('exit', () => resolve());
			this.child.kill('SIGKILL');
		});
	}
}
