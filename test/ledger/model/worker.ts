import type { Outcome, OutcomeKind } from '../../../ledger/model/entry';
import { Ledger } from '../../../ledger/ledger';
import type { Store } from '../../../ledger/store';
import { StoreUnavailable } from '../../../ledger/store';
import type { Time } from '../../../ledger/clock';
import type { Grant, SendReport } from '../../../ledger/rules/claim';
import { provenByEvidence } from '../../../ledger/model/evidence';
import type { Fault } from '../faultyStore';
import { FaultyStore } from '../faultyStore';
import { asking, outcome, RETENTION } from '../requests';
import type { Execution, ReferenceStripe } from './referenceStripe';

/** What befalls one step: chosen by the test. */
export interface Choice {
	fault: Fault;
	/** What happens on the way to Stripe and back. */
	wire: 'answered' | 'answer lost' | 'request lost' | 'slow' | 'refused' | 'wrong key' | 'rate limited';
	execution: Execution;
	/** Whether a send that may be repeated is repeated. */
	again: boolean;
}

/** What a new journey is for. */
export interface Errand {
	order: string;
	fingerprint: string;
	afterRejection: 'returnStored' | 'newAttempt';
	waitMs: number;
}

/** What a worker must tell the test, so that it can hold it to the promise. */
export interface Witness {
	sends(grant: Grant, at: number): void;
	hasSettled(entryId: string, outcome: Outcome, warning: string | undefined): void;
}

const SEND_AGAIN: ReadonlySet<OutcomeKind> = new Set(['unknown', 'busy', 'rate_limited', 'unreachable']);
const MOST_SENDS = 3;
/** As in the send loop: nothing is sent in the last part of a lease. */
const LEASE_MARGIN_MS = 90_000;

/** One execution of n8n: it stops before every step that others can see, until the test lets it go on. */
export class Worker {
	private step: ((choice: Choice, isAlive: boolean) => Promise<void>) | undefined;
	private hasStopped: () => void = () => {};
	private readonly time: Time;

	constructor(
		private readonly store: Store,
		private readonly stripe: ReferenceStripe,
		private readonly witness: Witness,
		now: () => number,
	) {
		this.time = { now, monotonic: now, random: () => 0.5, sleep: () => this.stop(async () => undefined) };
	}

	/** Does the next step; where there is none, begins a new journey. */
	async go(choice: Choice, errand: Errand): Promise<void> {
		const stopped = new Promise<void>((resolve) => (this.hasStopped = resolve));
		const { step } = this;
		this.step = undefined;
		if (step) await step(choice, true);
		else void this.journey(errand).then(() => this.hasStopped());
		await stopped;
	}

	/** Dies before its next step, or right after it, before it has heard of it. */
	async crash(choice: Choice, afterStep: boolean): Promise<void> {
		const { step } = this;
		this.step = undefined;
		if (afterStep) await step?.(choice, false);
	}

	get isIdle(): boolean {
		return this.step === undefined;
	}

	private stop<R>(act: (choice: Choice) => Promise<R>): Promise<R> {
		return new Promise((resolve, reject) => {
			this.step = async (choice, isAlive) => {
				try {
					const result = await act(choice);
					if (isAlive) resolve(result);
				} catch (error) {
					if (isAlive) reject(error instanceof Error ? error : new Error(String(error)));
				}
			};
			this.hasStopped();
		});
	}

	/** Claim → send → settle, as the node does it. */
	private async journey({ order, fingerprint, afterRejection, waitMs }: Errand): Promise<void> {
		const ledger = new Ledger(this.gate(), this.time);
		const asked = asking({ order, fingerprint, afterRejection });
		try {
			const decision = await ledger.claim(asked, waitMs);
			if (decision.kind !== 'granted') return;
			const report = await this.findOut(decision.grant);
			const settled = await ledger.settle(decision.grant, report, RETENTION);
			this.witness.hasSettled(asked.entryId, settled.outcome, settled.warning);
		} catch (error) {
			if (!(error instanceof StoreUnavailable)) throw error;
		}
	}

	private async findOut(grant: Grant): Promise<SendReport> {
		const { entry, reconcileFirst } = grant;
		if (reconcileFirst) {
			const proven = provenByEvidence(entry);
			if (proven) return { outcomes: [proven], sends: 0 };
			const isCharged = await this.stop(async () => this.stripe.charges.includes(entry.key));
			return { outcomes: [outcome(isCharged ? 'succeeded' : 'unknown')], sends: 0 };
		}
		const outcomes: Outcome[] = [];
		for (let again = true; again && outcomes.length < MOST_SENDS;) {
			if (this.time.now() > entry.leaseUntil - LEASE_MARGIN_MS) break;
			const { kind, repeat } = await this.send(grant);
			if (kind === undefined) break;
			outcomes.push(outcome(kind));
			again = repeat && SEND_AGAIN.has(kind);
		}
		const [first, ...more] = outcomes;
		if (!first) return { outcomes: [outcome('unreachable')], sends: 0 };
		return { outcomes: [first, ...more], sends: outcomes.length };
	}

	/** @returns no kind when the lease had no time left at the last look before the request leaves */
	private async send(grant: Grant): Promise<{ kind: OutcomeKind | undefined; repeat: boolean }> {
		const { key, fingerprint, leaseUntil } = grant.entry;
		const first = await this.stop(async ({ wire, execution, again }) => {
			const known = (kind: OutcomeKind | undefined) => ({ kind, repeat: again });
			if (this.time.now() > leaseUntil - LEASE_MARGIN_MS) return known(undefined);
			if (wire === 'refused') return known('unreachable');
			this.witness.sends(grant, this.time.now());
			if (wire === 'wrong key') return known('unauthorized');
			if (wire === 'rate limited') return known('rate_limited');
			if (wire === 'request lost') return known('unknown');
			const answer = this.stripe.receive(key, fingerprint, execution);
			if (answer === undefined && wire === 'slow') return 'running';
			const finished = answer ?? this.stripe.finish(key);
			return known(wire === 'answer lost' ? 'unknown' : finished);
		});
		if (first !== 'running') return first;
		// Others may meet the request while it runs; then its answer comes, or a timeout.
		return this.stop(async ({ wire, again }) => ({
			kind: wire === 'answered' ? this.stripe.finish(key) : 'unknown',
			repeat: again,
		}));
	}

	private gate(): Store {
		let fault: Fault = 'none';
		const store = new FaultyStore(this.store, () => fault);
		const stop = <R>(act: () => Promise<R>) =>
			this.stop((choice) => {
				fault = choice.fault;
				return act();
			});
		return {
			insertIfAbsent: (rows) => stop(() => store.insertIfAbsent(rows)),
			replaceIfVersion: (rows) => stop(() => store.replaceIfVersion(rows)),
			find: (entryIds) => stop(() => store.find(entryIds)),
			list: (filter) => store.list(filter),
			remove: (rows) => stop(() => store.remove(rows)),
			scan: () => store.scan(),
			risks: () => store.risks(),
		};
	}
}
