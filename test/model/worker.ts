import type { Outcome, OutcomeKind } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import type { Clock } from '../../ledger/clock';
import { TimeUnknownError } from '../../ledger/clock';
import type { Grant } from '../../ledger/rules/grant';
import type { SendReport } from '../../ledger/rules/settle';
import { isKeySpent, sentTimesOf } from '../../ledger/rules/uncertainty';
import { getProvenOutcome } from '../../ledger/model/entryStatus';
import type { StoreFault } from '../ledger/faultyStore';
import { FaultyStore } from '../ledger/faultyStore';
import { buildRequest, buildOutcome, ENTRY_RETENTION_MS, HOUR } from '../ledger/requests';
import type { FirstExecution, ReferenceStripe } from './referenceStripe';

/** The events of one step, chosen by the test. */
export interface StepChoice {
	fault: StoreFault;
	/** What happens to the request on its way to Stripe and to the answer on its way back. */
	wire:
		| ('answered' | 'answer lost' | 'request lost' | 'slow' | 'refused' | 'wrong key' | 'rate limited')
		/** A ledger that was lost has charged it with other values, unless the key has been sent already. */
		| 'sent before';
	execution: FirstExecution;
	/** Whether the worker repeats a send that may be repeated. */
	again: boolean;
}

/** The subject of a new journey. */
export interface Journey {
	order: string;
	fingerprint: string;
	afterRejection: 'returnStored' | 'newAttempt';
	waitMs: number;
}

/** Receives the events that the test needs to check the model. */
export interface Observer {
	onSend(grant: Grant, at: number): void;
	asksTime(isAnswered: boolean): void;
	onSettled(entryId: string, outcome: Outcome, warning: string | undefined): void;
}

const SEND_AGAIN: ReadonlySet<OutcomeKind> = new Set(['unknown', 'busy', 'rate_limited', 'unreachable']);
const MAX_SENDS = 3;
/** As in the send loop, nothing is sent in the last part of a lease. */
const LEASE_MARGIN_MS = 90_000;
/** By which a look reaches further than the times in the ledger: the clocks of two workers differ by less. */
const LOOK_MARGIN_MS = HOUR;

/**
 * One execution of n8n. It stops before every step that is visible to others, until the test lets it continue.
 */
export class Worker {
	private step: ((choice: StepChoice, isAlive: boolean) => Promise<void>) | undefined;
	private hasStopped: () => void = () => {};
	private hasFailed: (reason: unknown) => void = () => {};
	private readonly clock: Clock;
	/** Whether it has learned the time since it started and since its clock was last set. */
	private isTimeKnown = false;

	constructor(
		private readonly store: Store,
		private readonly stripe: ReferenceStripe,
		private readonly observer: Observer,
		now: () => number,
	) {
		this.clock = {
			of: 'caller',
			now,
			monotonic: now,
			stamp: now,
			random: () => 0.5,
			sleep: () => this.stop(async () => undefined),
			known: () => (this.isTimeKnown ? now() : undefined),
			ascertain: async () => {
				if (!this.isTimeKnown) await this.stop(async ({ wire }) => this.hears(wire));
				if (!this.isTimeKnown) throw new TimeUnknownError();
				return now();
			},
		};
	}

	/** Sets the clock of its host. */
	jump(): void {
		this.isTimeKnown = false;
	}

	private async hears(wire: StepChoice['wire']): Promise<void> {
		const isAnswered = wire === 'answered' || wire === 'wrong key' || wire === 'rate limited';
		this.isTimeKnown = isAnswered;
		this.observer.asksTime(isAnswered);
	}

	/** Runs the next step; if there is none, begins a new journey. */
	async go(choice: StepChoice, journey: Journey): Promise<void> {
		const stopped = new Promise<void>((resolve, reject) => {
			this.hasStopped = resolve;
			this.hasFailed = reject;
		});
		const { step } = this;
		this.step = undefined;
		if (step) await step(choice, true);
		else
			void this.runJourney(journey).then(
				() => this.hasStopped(),
				(reason: unknown) => this.hasFailed(reason),
			);
		await stopped;
	}

	/** Dies before its next step, or right after it, before it has received the result. */
	async crash(choice: StepChoice, afterStep: boolean): Promise<void> {
		const { step } = this;
		this.step = undefined;
		// Its successor is another process.
		this.isTimeKnown = false;
		if (afterStep) await step?.(choice, false);
	}

	get isIdle(): boolean {
		return this.step === undefined;
	}

	private stop<R>(act: (choice: StepChoice) => Promise<R>): Promise<R> {
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
	private async runJourney({ order, fingerprint, afterRejection, waitMs }: Journey): Promise<void> {
		const ledger = new Ledger(this.gate(), this.clock);
		const request = buildRequest({ order, fingerprint, afterRejection });
		try {
			const decision = await ledger.claim(request, waitMs);
			if (decision.kind !== 'granted') return;
			const report = await this.executeAttempt(decision.grant);
			const settlement = await ledger.settle(decision.grant, report, ENTRY_RETENTION_MS);
			this.observer.onSettled(request.entryId, settlement.outcome, settlement.warning);
		} catch (error) {
			if (!(error instanceof StoreUnavailableError || error instanceof TimeUnknownError)) throw error;
		}
	}

	private async executeAttempt(grant: Grant): Promise<SendReport> {
		const found = grant.reconcileFirst ? await this.look(grant) : {};
		if (found.outcomes) return found;
		const { provedNotExecuted } = found;
		return { provedNotExecuted, ...(await this.sendWithRepeats(grant)) };
	}

	/** Reads Stripe, as far back as the rules say, and believes that nothing is there when they say so. */
	private async look({
		entry,
		previous,
	}: Grant): Promise<SendReport | { outcomes?: undefined; provedNotExecuted?: true }> {
		const proven = getProvenOutcome(entry);
		if (proven) return { outcomes: [proven], sends: 0 };
		const { searchFrom = 0, notExecutedAt } = sentTimesOf(previous ?? entry, this.clock.now());
		const isShown = await this.stop(async () =>
			this.stripe.showsCharge(entry.key, searchFrom - LOOK_MARGIN_MS),
		);
		if (isShown) return { outcomes: [buildOutcome('succeeded')], sends: 0 };
		if (this.clock.now() < notExecutedAt + LOOK_MARGIN_MS)
			return { outcomes: [buildOutcome('unknown')], sends: 0 };
		if (!isKeySpent(entry)) return { provedNotExecuted: true };
		return { outcomes: [buildOutcome('unreachable')], sends: 0, provedNotExecuted: true };
	}

	private async sendWithRepeats(grant: Grant): Promise<SendReport> {
		const { entry } = grant;
		const outcomes: Outcome[] = [];
		for (let again = true; again && outcomes.length < MAX_SENDS;) {
			const now = await this.clock.ascertain().catch(() => Infinity);
			if (now > entry.leaseUntil - LEASE_MARGIN_MS) break;
			const { kind, repeat } = await this.send(grant);
			if (kind === undefined) break;
			const cause = kind === 'conflict' ? { uncertaintyCause: 'mismatched' as const } : {};
			outcomes.push(buildOutcome(kind, cause));
			again = repeat && SEND_AGAIN.has(kind);
		}
		const [first, ...more] = outcomes;
		if (!first) return { outcomes: [buildOutcome('unreachable')], sends: 0 };
		return { outcomes: [first, ...more], sends: outcomes.length };
	}

	/** @returns no kind if the lease had too little time left at the last check before the send */
	private async send(grant: Grant): Promise<{ kind: OutcomeKind | undefined; repeat: boolean }> {
		const { key, fingerprint, leaseUntil } = grant.entry;
		const first = await this.stop(async ({ wire, execution, again }) => {
			const known = (kind: OutcomeKind | undefined) => ({ kind, repeat: again });
			if (this.clock.now() > leaseUntil - LEASE_MARGIN_MS) return known(undefined);
			if (wire === 'refused') return known('unreachable');
			this.observer.onSend(grant, this.clock.now());
			if (wire === 'wrong key') return known('unauthorized');
			if (wire === 'rate limited') return known('rate_limited');
			if (wire === 'request lost') return known('unknown');
			if (wire === 'sent before') this.stripe.chargeByLostLedger(key);
			const answer = this.stripe.receive(key, fingerprint, execution);
			if (answer === undefined && wire === 'slow') return 'running';
			const finished = answer ?? this.stripe.finish(key);
			return known(wire === 'answer lost' ? 'unknown' : finished);
		});
		if (first !== 'running') return first;
		// Others may meet the request while it executes; then it is answered, or times out.
		return this.stop(async ({ wire, again }) => ({
			kind: wire === 'answered' ? this.stripe.finish(key) : 'unknown',
			repeat: again,
		}));
	}

	private gate(): Store {
		let fault: StoreFault = 'none';
		const store = new FaultyStore(this.store, () => fault);
		const stop = <R>(act: () => Promise<R>) =>
			this.stop((choice) => {
				fault = choice.fault;
				return act();
			});
		return {
			insertIfAbsent: (rows) => stop(() => store.insertIfAbsent(rows)),
			replaceIfVersion: (rows) => stop(() => store.replaceIfVersion(rows)),
			replaceTogether: (writes) => stop(() => store.replaceTogether(writes)),
			find: (entryIds) => stop(() => store.find(entryIds)),
			list: (filter) => store.list(filter),
			remove: (rows) => stop(() => store.remove(rows)),
			scan: () => store.scan(),
			durabilityWarnings: () => store.durabilityWarnings(),
		};
	}
}
