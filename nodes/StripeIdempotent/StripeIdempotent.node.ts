import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import type { Ledger } from '../../ledger/ledger';
import { StoreUnavailable } from '../../ledger/store';
import type { Time } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';
import { tracePoint } from '../../ledger/tracing';
import type { ClaimAnswer } from '../../ledger/rules/claim';
import { faultWords, isOfWholeNode } from '../shared/parameters/faults';
import type { CarriedOut } from '../../payments/executeAttempt';
import { carryOut } from '../../payments/executeAttempt';
import { haltCheck } from '../shared/run/halt';
import type { Sending } from '../../payments/sending';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import { POSTGRES, REDIS } from '../shared/ledger/ledgerParameters';
import type { AccountsOfRun } from '../shared/stripe/resolveAccount';
import { inParallel, Turns } from '../shared/run/concurrency';
import { withClientSecret } from './output/clientSecret';
import { SentInRun } from './cap';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import type { Departure } from '../shared/run/result';
import { departure, departureOfClaim } from '../shared/run/result';
import { inputs, outputs, properties, whereWritesGoTo } from './description';
import { Hints } from './output/hints';
import type { Item, WriteItem } from './item';
import { readItem } from './item';
import { ItemRouter } from './output/router';
import { listSearch } from './listSearch';
import { readFromStripe } from './readOperation';
import { departureIfRefusal } from '../shared/run/errorToResult';
import { reliesOnStripe } from './reliance';
import { settledDeparture } from './output/settledResult';
import { unsent, wordsOfUnsent } from '../shared/run/notSent';

export class StripeIdempotent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Stripe Idempotent',
		name: 'stripeIdempotent',
		icon: { light: 'file:stripeIdempotent.svg', dark: 'file:stripeIdempotent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Charge, refund and more through Stripe, once per business decision',
		defaults: { name: 'Stripe Idempotent' },
		usableAsTool: true,
		inputs,
		outputs,
		credentials: [
			{ name: 'stripeIdempotentApi', required: true, testedBy: 'stripeIdempotentApiTest' },
			{ name: POSTGRES, required: true, displayOptions: whereWritesGoTo(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: whereWritesGoTo(REDIS) },
		],
		properties,
	};

	methods = { listSearch, credentialTest: { stripeIdempotentApiTest } };

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	/** n8n makes nodes without arguments; tests give them a time of their own. */
	constructor(time: Time = systemTime) {
		this.execute = function () {
			return new Run(this, time).execute();
		};
	}
}

/** One run of the node over its input items. */
class Run {
	private readonly ledgers: LedgerOpener;
	private readonly turns = new Turns();
	/** Entries that an item of this batch has been sent or answered for: whoever meets one again is a twin. */
	private readonly met = new Set<string>();
	private readonly accounts: AccountsOfRun = new Map();
	private readonly sent = new SentInRun();
	private readonly hints: Hints;
	private readonly signal: AbortSignal | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly time: Time,
	) {
		this.ledgers = new LedgerOpener(context);
		this.hints = new Hints(context);
		this.signal = context.getExecutionCancelSignal();
	}

	async execute(): Promise<INodeExecutionData[][]> {
		const router = new ItemRouter(this.context);
		const items: (Item | Departure)[] = [];
		// All keys are derived before anything is sent, one item after the other, so that twins keep their order.
		for (const index of this.context.getInputData().keys()) items.push(await this.read(index));
		const concurrency = items.find((item) => 'options' in item)?.options.concurrency ?? 1;
		try {
			const departures = await inParallel(items, concurrency, (item) => this.travel(item));
			this.hints.publish(items, departures, await this.risks(departures));
			return router.route(items, departures);
		} finally {
			await this.ledgers.close();
		}
	}

	/** A ledger that is down is not asked once more. */
	private async risks(departures: readonly Departure[]): Promise<string[]> {
		const isDown = departures.some(({ outcome }) => outcome === 'ledger_unavailable');
		return isDown ? [] : this.ledgers.risks();
	}

	private async read(index: number): Promise<Item | Departure> {
		return readItem(this.context, index, this.time, this.accounts).catch((error: unknown) =>
			this.leaveWith(error, 'refused'),
		);
	}

	/**
	 * One item's fault costs no other item its outcome. What n8n says of the whole node ends the run, unless On Error lets the
	 * workflow go on: then n8n would pass all items on as if they had been done.
	 */
	private leaveWith(error: unknown, otherwise: 'refused' | 'unknown'): Departure {
		const known = departureIfRefusal(error);
		if (known) return known;
		if (isOfWholeNode(error) && !this.context.continueOnFail()) throw error;
		return departure({ kind: otherwise }, { what: faultWords(this.context, error) });
	}

	/** The whole way of one item: claim → send → settle → leave. Each step's rules are in the file it comes from. */
	private async travel(item: Item | Departure): Promise<Departure> {
		if (!('kind' in item)) return item;
		const leaving = await (item.kind === 'read'
			? readFromStripe(item, this.time, this.signal)
			: this.write(item));
		return withClientSecret(leaving, item, this.time, this.signal);
	}

	private async write(item: WriteItem): Promise<Departure> {
		return this.turns.take(item.claim.entryId, async () => {
			let isAsked = false;
			try {
				if (this.signal?.aborted) return stoppedBefore;
				const ledger = await this.ledgers.open(item.index, item.connection.clock);
				isAsked = true;
				const done = await this.carryOut(ledger, item);
				if (done.kind === 'not_granted') return this.leaveByClaim(done.claim, item);
				const { grant, report, settled } = done;
				tracePoint('leaving', settled.entry.entryId);
				return settledDeparture(settled, grant, report);
			} catch (error) {
				return this.leaveWith(error, isAsked ? 'unknown' : 'refused');
			}
		});
	}

	private carryOut(ledger: Ledger, item: WriteItem): Promise<CarriedOut> {
		const { signal } = this;
		const { retentionMs, verifyNew } = item.options;
		const claim = async () => {
			const answer = await this.claim(ledger, item);
			if (answer.kind === 'granted') this.met.add(answer.grant.entry.entryId);
			return answer;
		};
		const sending = this.sendingOf(item, ledger);
		return carryOut({ ledger, claim, retentionMs, sending, signal, verifyNew });
	}

	private sendingOf(item: WriteItem, ledger: Ledger): Sending {
		const { connection, options, method, path, params, claim, spending } = item;
		const { stripeAccount, timeoutMs, maxRetries, caps } = options;
		const isByToken = claim.token !== undefined;
		const stopped = haltCheck(ledger, { isByToken, reliesOnStripe: () => reliesOnStripe(item) });
		let isCounted = spending === undefined;
		const halt = async () => {
			const stop = await stopped();
			if (stop || isCounted || spending === undefined) return stop;
			const over = this.sent.admit(caps, spending);
			isCounted = over === undefined;
			return over;
		};
		return { connection, stripeAccount, timeoutMs, maxRetries, method, path, params, halt };
	}

	private leaveByClaim(claim: Exclude<ClaimAnswer, { kind: 'granted' }>, item: WriteItem): Departure {
		const met = claim.entry?.entryId ?? item.claim.entryId;
		const isTwin = this.met.has(met);
		this.met.add(met);
		// Retry in the executions list goes on where n8n threw the node's output away: what is done has not left yet.
		const isRetry = this.context.getMode() === 'retry';
		const isDuplicate = isTwin || (!isRetry && claim.entry?.origin.run !== item.claim.origin.run);
		return departureOfClaim(claim, isDuplicate);
	}

	private claim(ledger: Ledger, item: WriteItem): Promise<ClaimAnswer> {
		return ledger
			.claim(item.claim, item.options.waitForBusyMs, this.signal)
			.catch((error: unknown) => this.claimOnPaper(ledger, error, item));
	}

	/** The user's own choice: a key without a ledger is recognized by Stripe for 24 hours, and by nobody afterwards. */
	private async claimOnPaper(ledger: Ledger, error: unknown, item: WriteItem): Promise<ClaimAnswer> {
		if (!(error instanceof StoreUnavailable) || !(await reliesOnStripe(item))) throw error;
		this.hints.reliesOnStripe(error.reason);
		return ledger.claimOnPaper(item.claim);
	}
}

const stopped = unsent('unsent_stopped');
const stoppedBefore = departure(stopped, wordsOfUnsent(stopped));
