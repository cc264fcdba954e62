import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Store } from '../../ledger/store';
import type { Grant } from '../../ledger/rules/grant';
import { START_TIME } from '../ledger/fakeClock';
import { buildRequest, DAY, LEASE, MINUTE } from '../ledger/requests';
import { INVALID, ReferenceStripe } from './referenceStripe';
import type { StepChoice, Journey, Observer } from './worker';
import { Worker } from './worker';

export type ModelCommand = { choice: StepChoice; worker: number; journey: Journey } & (
	| { do: 'go' | 'crash' | 'crash after' | 'clock jumps' }
	| { do: 'pass time'; ms: number }
	/** Every request that is executing at Stripe completes. */
	| { do: 'stripe finishes' }
);

const FAIR_STEP: StepChoice = { fault: 'none', wire: 'answered', execution: 'charged', again: true };

let modelCount = 0;

/** Several workers, one ledger and one Stripe, and the checks that nothing is charged twice. */
export class Model implements Observer {
	readonly stripe = new ReferenceStripe(() => this.clock);
	steps = 0;
	readonly time = { asked: 0, unanswered: 0 };
	private clock = START_TIME;
	private readonly name = `world ${++modelCount}`;
	private readonly workers: Worker[];
	private readonly orders = ['1', '2'].map((order) => `${this.name} ${order}`);
	private readonly ids = this.orders.map((order) => buildRequest({ order }).entryId);
	private readonly knownSuccesses = new Set<string>();
	/** The holder of each fence of each entry. */
	private readonly holders = new Map<string, string>();
	private before: (Entry | undefined)[] = [undefined, undefined];

	/** @param skews the clock error of each worker in ms */
	constructor(
		private readonly store: Store,
		skews: readonly number[],
	) {
		this.workers = skews.map((skew) => new Worker(store, this.stripe, this, () => this.clock + skew));
	}

	/** Counts the entries that had more than one grant, more than one attempt, and evidence of late settles. */
	get seen(): { takenOver: number; triedAnew: number; withEvidence: number } {
		const count = (has: (entry: Entry) => boolean) =>
			this.before.filter((entry) => entry && has(entry)).length;
		return {
			takenOver: count(({ fence }) => fence > 1),
			triedAnew: count(({ attempt }) => attempt > 1),
			withEvidence: count(({ lateResponses: evidence }) => evidence !== undefined),
		};
	}

	onSend({ entry }: Grant, at: number): void {
		const current = this.before[this.ids.indexOf(entry.entryId)];
		if (at >= entry.leaseUntil) throw new Error('It was sent after the lease');
		if (!current || current.fence < entry.fence)
			throw new Error('It was sent without a claim in the ledger');
		const fence = `${entry.entryId} ${entry.fence}`;
		if ((this.holders.get(fence) ?? entry.claimId) !== entry.claimId)
			throw new Error('Two hold one fence');
		this.holders.set(fence, entry.claimId);
	}

	asksTime(isAnswered: boolean): void {
		this.time.asked++;
		if (!isAnswered) this.time.unanswered++;
	}

	onSettled(entryId: string, { kind }: Outcome, warning: string | undefined): void {
		// A success that the ledger has accepted must stay known.
		if (kind === 'succeeded' && !warning) this.knownSuccesses.add(entryId);
	}

	async execute(command: ModelCommand): Promise<void> {
		this.steps++;
		const worker = this.workers[command.worker % this.workers.length];
		const journey = { ...command.journey, order: this.orders[Number(command.journey.order)] ?? '' };
		switch (command.do) {
			case 'go':
				await worker?.go(command.choice, journey);
				break;
			case 'crash':
			case 'crash after':
				await worker?.crash(command.choice, command.do === 'crash after');
				break;
			case 'clock jumps':
				worker?.jump();
				break;
			case 'pass time':
				this.clock += command.ms;
				break;
			case 'stripe finishes':
				this.stripe.finishAll();
				break;
		}
		await this.checkInvariants();
	}

	private async checkInvariants(): Promise<void> {
		const rows = (await this.store.find(this.ids)) as (Entry | undefined)[];
		for (const [n, entryId] of this.ids.entries()) {
			const [before, now] = [this.before[n], rows[n]];
			const charges = this.stripe.chargesOf(entryId);
			if (charges > 1) throw new Error(`Charged ${charges} times`);
			if (before) assertAllowed(before, now);
			if (now?.state === 'rejected' && charges > 0) throw new Error('Rejected, though it was charged');
			if (this.knownSuccesses.has(entryId)) this.isKnown(now);
		}
		this.before = rows;
	}

	private isKnown(now: Entry | undefined): void {
		const isKept =
			now?.state === 'succeeded' ||
			now?.lateResponses?.some(({ outcome }) => outcome.kind === 'succeeded');
		if (!isKept) throw new Error('A settled success was lost');
	}

	/**
	 * Stops all workers; then runs each entry again, undisturbed, until nothing changes any more.
	 *
	 * @param isSoon whether the runs begin while Stripe still knows the keys
	 */
	async runToRest(isSoon: boolean): Promise<void> {
		for (const worker of this.workers) await worker.crash(FAIR_STEP, false);
		this.stripe.finishAll();
		const worker = new Worker(this.store, this.stripe, this, () => this.clock);
		for (const pause of [isSoon ? LEASE + DAY / 24 : 5 * DAY, MINUTE, DAY, DAY]) {
			this.clock += pause;
			for (const [n, order] of this.orders.entries()) {
				const fingerprint = this.before[n]?.fingerprint ?? 'one';
				const journey: Journey = { order, fingerprint, afterRejection: 'returnStored', waitMs: 0 };
				do {
					await worker.go(FAIR_STEP, journey);
					this.steps++;
					await this.checkInvariants();
				} while (!worker.isIdle);
			}
		}
		for (const [n, entryId] of this.ids.entries()) {
			const state = this.before[n]?.state;
			const isCharged = this.stripe.chargesOf(entryId) > 0;
			if (isCharged !== (state === 'succeeded')) {
				throw new Error(
					`At rest it is ${state ?? 'nothing'}, and charged ${isCharged ? 'once' : 'never'}`,
				);
			}
		}
	}
}

/** Checks the change that one write may make to a row. Other properties are checked from outside. */
function assertAllowed(before: Entry, now: Entry | undefined): void {
	const refuse = (reason: string) => {
		throw new Error(`${reason}: ${JSON.stringify({ before, now })}`);
	};
	if (!now) return refuse('An entry vanished');
	if (now.version === before.version) {
		if (JSON.stringify(now) !== JSON.stringify(before)) refuse('It was changed under the same version');
		return;
	}
	if (now.version < before.version) refuse('The version fell');
	if (now.fence < before.fence) refuse('The fence fell');
	if (now.fence > before.fence && now.state !== 'in_flight') refuse('The fence grew without a grant');
	if (before.state === 'succeeded' && now.state !== 'succeeded') refuse('A success was overwritten');
	if (
		before.state === 'in_flight' &&
		now.state === 'in_flight' &&
		now.fence > before.fence &&
		!now.mayHaveExecuted
	)
		refuse('An abandoned claim was taken for none');
	if (now.key === before.key) return;
	const isRefusedByStripe = before.state === 'rejected' || before.state === 'released';
	if (!isRefusedByStripe || before.mayHaveExecuted) refuse('An entry in doubt got a new key');
}

export const FINGERPRINTS = ['one', 'one', 'one', 'other', INVALID] as const;
