import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import type { Admission } from '../../ledger/claims';
import type { Ledger } from '../../ledger/ledger';
import { StoreUnavailableError } from '../../ledger/store';
import type { TimeSource } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';
import { tracePoint } from '../../ledger/tracing';
import type { FinalClaimDecision } from '../../ledger/rules/claim';
import { logUnexpectedError, isNodeWideError } from '../shared/parameters/faults';
import type { ExecutionResult } from '../../payments/executeAttempt';
import { executeOnce } from '../../payments/executeAttempt';
import { buildHaltCheck } from '../../payments/halt';
import type { AttemptRequest } from '../../payments/attemptRequest';
import { changedObjects } from '../../stripe/api/apiPath';
import { RunPace } from '../../stripe/api/rateLimiter';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import { POSTGRES, REDIS } from '../shared/ledger/ledgerParameters';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import { mapWithConcurrency, KeyedMutex } from '../shared/run/concurrency';
import { addClientSecret } from './output/clientSecret';
import { SentInRun } from './cap';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import type { ItemResult } from '../shared/run/result';
import { toItemResult, resultOfClaim } from '../shared/run/result';
import { stripeInputs, stripeOutputs, stripeProperties, showForWrites } from './description';
import { Hints } from './output/hints';
import type { Item, ReadingRun, WriteItem } from './item';
import type { Options } from './options';
import { readItem } from './item';
import { ItemRouter } from './output/router';
import { listSearch } from './listSearch';
import { executeRead } from './readOperation';
import { knownErrorToResult } from '../shared/run/errorToResult';
import { mayRelyOnStripe } from './reliance';
import { toSettledResult } from './output/settledResult';
import { buildNotSent } from '../../payments/notSent';
import { getNotSentMessage } from '../shared/run/notSent';

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
		inputs: stripeInputs,
		outputs: stripeOutputs,
		credentials: [
			{ name: 'stripeIdempotentApi', required: true, testedBy: 'stripeIdempotentApiTest' },
			{ name: POSTGRES, required: true, displayOptions: showForWrites(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: showForWrites(REDIS) },
		],
		properties: stripeProperties,
	};

	methods = { listSearch, credentialTest: { stripeIdempotentApiTest } };

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	/** n8n makes nodes without arguments; tests give them a time of their own. */
	constructor(time: TimeSource = systemTime) {
		this.execute = function () {
			return new StripeRun(this, time).execute();
		};
	}
}

/** One run of the node over its input items. */
class StripeRun implements ReadingRun {
	private readonly ledgers: LedgerOpener;
	private readonly mutex = new KeyedMutex();
	/** Entries that an item of this batch has been sent or answered for: whoever meets one again is a twin. */
	private readonly seenEntryIds = new Set<string>();
	readonly accounts: AccountsOfRun = new Map();
	private readonly sentInRun = new SentInRun();
	private readonly hints: Hints;
	readonly signal: AbortSignal | undefined;
	private pace: RunPace | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		readonly time: TimeSource,
	) {
		this.ledgers = new LedgerOpener(context);
		this.hints = new Hints(context);
		this.signal = context.getExecutionCancelSignal();
	}

	async execute(): Promise<INodeExecutionData[][]> {
		const router = new ItemRouter(this.context);
		const items: (Item | ItemResult)[] = [];
		// All keys are derived before anything is sent, one item after the other, so that twins keep their order.
		for (const index of this.context.getInputData().keys()) items.push(await this.tryReadItem(index));
		const concurrency =
			items.find((item) => 'options' in item)?.options.concurrency ?? AUTOMATIC_CONCURRENCY;
		try {
			const results = await mapWithConcurrency(items, concurrency, (item) => this.processItem(item));
			this.hints.publish(items, results, await this.getDurabilityWarnings(results));
			return router.route(items, results);
		} finally {
			await this.ledgers.close();
		}
	}

	/** What the first item says counts for the run. */
	paceBy({ concurrency }: Options): RunPace {
		return (this.pace ??= concurrency === undefined ? RunPace.automatic() : RunPace.fixed());
	}

	/** A ledger that is down is not asked once more. */
	private async getDurabilityWarnings(results: readonly ItemResult[]): Promise<string[]> {
		const isDown = results.some(({ outcome }) => outcome === 'ledger_unavailable');
		return isDown ? [] : this.ledgers.getDurabilityWarnings();
	}

	private async tryReadItem(index: number): Promise<Item | ItemResult> {
		return readItem(this.context, index, this).catch((error: unknown) =>
			this.toErrorResult(error, 'refused'),
		);
	}

	/**
	 * One item's fault costs no other item its outcome. What n8n says of the whole node ends the run, unless On Error lets the
	 * workflow go on: then n8n would pass all items on as if they had been done.
	 */
	private toErrorResult(error: unknown, otherwise: 'refused' | 'unknown'): ItemResult {
		const known = knownErrorToResult(error);
		if (known) return known;
		if (isNodeWideError(error) && !this.context.continueOnFail()) throw error;
		return toItemResult({ kind: otherwise }, { message: logUnexpectedError(this.context, error) });
	}

	/** The whole way of one item: claim → send → settle → leave. Each step's rules are in the file it comes from. */
	private async processItem(item: Item | ItemResult): Promise<ItemResult> {
		if (!('kind' in item)) return item;
		const result = await (item.kind === 'read' ? executeRead(item, this.time) : this.executeWrite(item));
		return addClientSecret(result, item, this.time, this.signal);
	}

	private async executeWrite(item: WriteItem): Promise<ItemResult> {
		const { claim, ...request } = item;
		const inTurn = [claim.entryId, ...changedObjects(request)];
		return this.mutex.runExclusive(inTurn, async () => {
			let isAsked = false;
			try {
				if (this.signal?.aborted) return CANCELLED_RESULT;
				const ledger = await this.ledgers.open(item.index, item.connection.clock);
				isAsked = true;
				const execution = await this.executeClaim(ledger, item);
				if (execution.kind === 'not_granted') return this.resultWithoutSending(execution.claim, item);
				const { grant, report, settled } = execution;
				tracePoint('leaving', settled.entry.entryId);
				return toSettledResult(settled, grant, report);
			} catch (error) {
				return this.toErrorResult(error, isAsked ? 'unknown' : 'refused');
			}
		});
	}

	private executeClaim(ledger: Ledger, item: WriteItem): Promise<ExecutionResult> {
		const { signal } = this;
		const { retentionMs, verifyNew } = item.options;
		const claim = async (admission: Admission | undefined) => {
			const answer = await this.claim(ledger, item, admission);
			if (answer.kind === 'granted') this.seenEntryIds.add(answer.grant.entry.entryId);
			return answer;
		};
		const request = this.buildAttemptRequest(item, ledger);
		return executeOnce({ ledger, claim, retentionMs, attempt: request, signal, verifyNew });
	}

	private buildAttemptRequest(item: WriteItem, ledger: Ledger): AttemptRequest {
		const { connection, options, pace, method, path, params, claim, requestedSpend } = item;
		const { stripeAccount, timeoutMs, maxRetries, caps } = options;
		const isByToken = claim.token !== undefined;
		const checkKillSwitch = buildHaltCheck(ledger, {
			isByToken,
			reliesOnStripe: () => mayRelyOnStripe(item),
		});
		let isCounted = requestedSpend === undefined;
		const checkHalt = async () => {
			const stop = await checkKillSwitch();
			if (stop || isCounted || requestedSpend === undefined) return stop;
			const over = this.sentInRun.admit(caps, requestedSpend);
			isCounted = over === undefined;
			return over;
		};
		return { connection, pace, stripeAccount, timeoutMs, maxRetries, method, path, params, checkHalt };
	}

	private resultWithoutSending(
		claim: Exclude<FinalClaimDecision, { kind: 'granted' }>,
		item: WriteItem,
	): ItemResult {
		const entryId = claim.entry?.entryId ?? item.claim.entryId;
		const isTwin = this.seenEntryIds.has(entryId);
		this.seenEntryIds.add(entryId);
		// Retry in the executions list goes on where n8n threw the node's output away: what is done has not left yet.
		const isRetry = this.context.getMode() === 'retry';
		const isDuplicate = isTwin || (!isRetry && claim.entry?.origin.run !== item.claim.origin.run);
		return resultOfClaim(claim, isDuplicate);
	}

	private claim(
		ledger: Ledger,
		item: WriteItem,
		admission: Admission | undefined,
	): Promise<FinalClaimDecision> {
		return ledger
			.claim(item.claim, item.options.waitForBusyMs, this.signal, admission)
			.catch((error: unknown) => this.claimWithoutLedger(ledger, error, item));
	}

	/** The user's own choice: a key without a ledger is recognized by Stripe for 24 hours, and by nobody afterwards. */
	private async claimWithoutLedger(
		ledger: Ledger,
		error: unknown,
		item: WriteItem,
	): Promise<FinalClaimDecision> {
		if (!(error instanceof StoreUnavailableError) || !(await mayRelyOnStripe(item))) throw error;
		this.hints.noteLedgerFault(error.reason);
		return ledger.claimWithoutLedger(item.claim);
	}
}

/** Enough to keep Stripe busy at its published pace, also when an answer takes two seconds. */
const AUTOMATIC_CONCURRENCY = 50;

const CANCELLED_OUTCOME = buildNotSent('not_sent_cancelled');
const CANCELLED_RESULT = toItemResult(CANCELLED_OUTCOME, getNotSentMessage(CANCELLED_OUTCOME));
