import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { TYPESCRIPT } from '../typescript';
import type { Ends } from './ends';
import type { Job, WorkerMessage, WorkerCommand, Acknowledgement } from './paymentProcess';

/** The test's handle on a payment process, which does one job after the other until it is killed. */
export class PaymentWorker {
	/** The acknowledgements of its ledger in its current job. */
	acknowledgements: Acknowledgement[] = [];
	private onAcknowledgement: () => void = () => {};
	private readonly waiting = new Map<WorkerMessage['kind'], (message: WorkerMessage | undefined) => void>();
	private readonly gone: Promise<unknown>;

	/** Resolves when the process is ready for jobs. */
	static async start(): Promise<PaymentWorker> {
		const worker = new PaymentWorker(
			fork(join(__dirname, 'paymentProcess.ts'), {
				execArgv: TYPESCRIPT,
				stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			}),
		);
		await worker.waitFor('ready');
		return worker;
	}

	private constructor(private readonly child: ChildProcess) {
		child.on('message', (message: WorkerMessage) => {
			if (message.kind === 'claimed' || message.kind === 'settled') {
				this.acknowledgements.push(message);
				this.onAcknowledgement();
			} else this.waiting.get(message.kind)?.(message);
		});
		// Messages sent before its death arrive before the channel disconnects.
		this.gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
		void this.gone.then(() => {
			for (const wake of this.waiting.values()) wake(undefined);
			this.onAcknowledgement();
		});
	}

	/** Resolves when the process is connected and waits for the start. */
	async prepare(job: Job): Promise<void> {
		this.acknowledgements = [];
		const prepared = this.waitFor('prepared');
		this.send({ do: 'prepare', job });
		if (!(await prepared)) throw new Error(`${job.worker} died while it prepared itself`);
	}

	/** @returns how the orders ended; undefined if the process was killed before it was done */
	async go(): Promise<Ends | undefined> {
		const done = this.waitFor('done');
		this.send({ do: 'go' });
		const message = await done;
		return message?.kind === 'done' ? message.ends : undefined;
	}

	/** Resolves at the next acknowledgement, or when the process has ended. */
	acknowledgement(): Promise<void> {
		return new Promise((resolve) => {
			this.onAcknowledgement = resolve;
		});
	}

	/** Sends SIGKILL. Resolves when the process has ended and all its messages have arrived. */
	async kill(): Promise<void> {
		this.child.kill('SIGKILL');
		await this.gone;
	}

	private send(order: WorkerCommand): void {
		this.child.send(order);
	}

	private waitFor(kind: WorkerMessage['kind']): Promise<WorkerMessage | undefined> {
		return new Promise((resolve) => {
			this.waiting.set(kind, resolve);
		});
	}
}
