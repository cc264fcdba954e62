import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import type { Admission } from '../../ledger/claims';
import type { Ledger } from '../../ledger/ledger';
import { LostEntriesError, StoreUnavailableError } from '../../ledger/store';
import type { TimeSource } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';
import { tracePoint } from '../../ledger/tracing';
import type { FinalClaimDecision } from '../../ledger/rules/claim';
import type { ExecutionRequest } from '../../payments/executeAttempt';
import { executeOnce } from '../../payments/executeAttempt';
import { executeMultiStep } from '../../payments/executeMultiStep';
import { traceItem } from '../../payments/telemetry';
import { changedObjectsOf } from '../../stripe/api/apiPath';
import type { Connection, Credential } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import { RunPace } from '../../stripe/api/rateLimiter';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import { POSTGRES, REDIS } from '../shared/ledger/ledgerParameters';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import { mapWithConcurrency, KeyedMutex, TimeSlice } from '../shared/run/concurrency';
import { addClientSecret } from './output/clientSecret';
import { SentInRun } from './cap';
import { checkItems, isCheckOnly } from './check/checkItems';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import type { ItemResult } from '../shared/run/result';
import { resultOfClaim, toSettledResult } from '../shared/run/result';
import { stripeInputs, stripeOutputs, stripeProperties, showForLedgerUsers } from './description';
import { Hints } from './output/hints';
import { labelOf } from '../shared/run/outcomeMessages';
import { Progress } from '../shared/run/progress';
import type { FinishedItem, Item, ReadItem, WriteItem } from './item';
import { toFinishedItem } from './item';
import type { ReadingRun } from './itemRequest';
import { isReadOnly, readItemRequest } from './itemRequest';
import { refuseOtherConflict } from './onlyCustomer';
import type { Options } from './options';
import { ItemRouter } from './output/router';
import { listSearch } from './listSearch';
import { loadOptions } from './loadOptions';
import { executeRead, toReadItem } from './readOperation';
import { readWriteItem } from './readWriteItem';
import { refuseAlwaysOutput } from '../shared/run/alwaysOutput';
import { itemErrorToResult, partErrorToResult } from '../shared/run/errorToResult';
import { buildCancelledResult, buildLeftResult, logUnsaved, Stop } from '../shared/run/stop';
import { buildAttemptRequest, buildMultiStepRequest, mayRelyOnStripe } from './attempt';
import { SeenEntries, warnOfSecondRun } from './seenEntries';
import { readLink } from '../../payments/readLink';
import { markNewLink, renewExpiredLink, toLinkResult } from './links';
import type { AttemptRequest } from '../../payments/attemptRequest';

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
			{ name: POSTGRES, required: true, displayOptions: showForLedgerUsers(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: showForLedgerUsers(REDIS) },
		],
		properties: stripeProperties,
	};

	methods = {
		/** Loaded when the editor searches, because starting n8n does not need it. */
		get listSearch() {
			return listSearch;
		},
		loadOptions,
		credentialTest: { stripeIdempotentApiTest },
	};

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	/** n8n creates nodes without arguments. Tests inject a clock. */
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
	private readonly seenEntries: SeenEntries;
	readonly accounts: AccountsOfRun = new Map();
	private readonly connections = new Map<string, Connection>();
	private readonly sentInRun: SentInRun;
	private readonly hints: Hints;
	private readonly progress: Progress;
	private readonly slice = new TimeSlice();
	private readonly stop: Stop;
	readonly signal: AbortSignal | undefined;
	private pace: RunPace | undefined;
	/** By Stripe's time; undefined if it was not known. */
	private startedAt: number | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		readonly time: TimeSource,
	) {
		this.ledgers = new LedgerOpener(context);
		this.hints = new Hints(context);
		this.sentInRun = SentInRun.of(context);
		this.progress = new Progress(context, 'completed', context.getInputData().length);
		this.signal = context.getExecutionCancelSignal();
		this.stop = new Stop(this.signal, time, (error) => partErrorToResult(context, error));
		// Retry in the executions list continues where n8n discarded the output of the node.
		this.seenEntries = new SeenEntries(context.getMode() === 'retry');
	}

	/** Read all → send each → route all. All keys are derived first and in order, so that duplicate items keep theirs. */
	async execute(): Promise<INodeExecutionData[][]> {
		const router = new ItemRouter(this.context);
		const isOnlyChecked = isCheckOnly(this.context);
		if (!isOnlyChecked)
			refuseAlwaysOutput(this.context, labelOf('success'), () => isReadOnly(this.context));
		const items = await this.readItems();
		if (isOnlyChecked) return this.checkOnly(items);
		const concurrency =
			items.find((item) => 'options' in item)?.options.concurrency ?? AUTOMATIC_CONCURRENCY;
		// Each item is released when it is done, except for what the end of the run reports.
		const done: (FinishedItem | ItemResult)[] = items;
		try {
			const results = await mapWithConcurrency(
				items,
				concurrency,
				async (item, position, releaseSlot) => {
					const result = await this.processItem(item, releaseSlot);
					if ('kind' in item) done[position] = toFinishedItem(item);
					return result;
				},
				this.slice,
				this.signal,
			);
			// A ledger that is down is not queried again.
			const isDown = results.some(({ outcome }) => outcome === 'ledger_unavailable');
			const warnings = isDown ? [] : this.ledgers.getDurabilityWarnings();
			this.hints.publish(done, results, await this.stop.waitFor(Promise.resolve(warnings), () => []));
			return await router.route(done, results, this.slice);
		} finally {
			await this.stop.waitFor(this.ledgers.close(), () => undefined);
		}
	}

	/** Reports what a run would do. Nothing here can send or claim. */
	private async checkOnly(items: readonly (Item | ItemResult)[]): Promise<INodeExecutionData[][]> {
		const { context, ledgers, signal, stop, slice } = this;
		try {
			return [await checkItems(items, { context, ledgers, signal, stop, slice })];
		} finally {
			await stop.waitFor(ledgers.close(), () => undefined);
		}
	}

	private async readItems(): Promise<(Item | ItemResult)[]> {
		const items: (Item | ItemResult)[] = [];
		for (const index of this.context.getInputData().keys()) {
			if (this.slice.isOver()) await this.slice.yieldToOthers();
			const read = () => this.stop.waitFor(this.readItem(index), buildCancelledResult);
			items.push(this.signal?.aborted ? buildCancelledResult() : await read());
		}
		return items;
	}

	/** A credential may come from an expression, so each item can have another one. */
	connect(credential: Credential): Connection {
		const { secretKey, baseUrl, accountId } = credential;
		const name = JSON.stringify([secretKey, baseUrl, accountId]);
		const connection = this.connections.get(name) ?? connect(credential, this.time);
		this.connections.set(name, connection);
		return connection;
	}

	/** The options of the first item apply to the run. */
	paceBy({ concurrency }: Options): RunPace {
		return (this.pace ??= concurrency === undefined ? RunPace.automatic() : RunPace.fixed());
	}

	/** Read parameters → derive entry. Nothing is sent for an item that cannot be read: it is routed with the reason. */
	private async readItem(index: number): Promise<Item | ItemResult> {
		try {
			const reading = await readItemRequest(this.context, index, this);
			const { operation } = reading;
			return operation.kind === 'write'
				? await readWriteItem({ ...reading, operation })
				: toReadItem(reading, operation);
		} catch (error) {
			return itemErrorToResult(this.context, error);
		}
	}

	private async processItem(item: Item | ItemResult, releaseSlot: () => void): Promise<ItemResult> {
		if (!('kind' in item)) return item;
		const working = traceItem(item.name, () =>
			item.kind === 'read'
				? this.executeRead(item)
				: this.mutex.runExclusive(namesOf(item), () => this.executeWrite(item, releaseSlot)),
		);
		const leave = item.kind === 'read' ? buildCancelledResult : buildLeftResult;
		const done = await this.stop.waitFor(working, leave, (late) => logUnsaved(this.context, late));
		const result = await addClientSecret(done, item, this.time);
		this.progress.complete(result, labelOf(result.output));
		return result;
	}

	private executeRead(item: ReadItem): Promise<ItemResult> {
		const openLedger = () => this.ledgers.open(item.index, item.connection.clock);
		const readLedgerWarnings = () => this.ledgers.getDurabilityWarnings();
		const reading = executeRead(item, this.time, { openLedger, readLedgerWarnings });
		return reading.catch((error: unknown) => itemErrorToResult(this.context, error));
	}

	/** Claim → send → classify → settle → result. Each step is documented in its own file. */
	private async executeWrite(item: WriteItem, releaseSlot: () => void): Promise<ItemResult> {
		if (this.signal?.aborted) return buildCancelledResult();
		const { retentionMs, verifyNew, waitForBusyMs } = item.options;
		let isClaimed = false;
		try {
			const ledger = await this.ledgers.open(item.index, item.connection.clock);
			this.startedAt ??= item.connection.clock.known();
			const attempt = buildAttemptRequest(item, ledger, this.sentInRun);
			isClaimed = true;
			const request: ExecutionRequest = {
				ledger,
				claim: (admission) => this.claim(ledger, item, admission),
				attempt,
				signal: this.signal,
				retentionMs,
				verifyNew,
				waitForBusyMs,
				onAnswered: releaseSlot,
				terminal: item.terminal,
				looksUp: item.claim.readFirst !== undefined,
			};
			const execution = await (item.takesSteps
				? executeMultiStep(buildMultiStepRequest(item, request))
				: executeOnce(request));
			if (execution.kind === 'not_granted')
				return await this.resultWithoutSending(execution.claim, item, attempt, releaseSlot);
			tracePoint('leaving', execution.settled.entry.entryId);
			return markNewLink(toSettledResult(execution), item);
		} catch (error) {
			return itemErrorToResult(this.context, error, isClaimed ? 'unknown' : 'refused');
		}
	}

	private async claim(ledger: Ledger, item: WriteItem, admission: Admission): Promise<FinalClaimDecision> {
		const decision = await ledger
			.claim(item.claim, item.options.waitForBusyMs, this.signal, admission)
			.catch(async (error: unknown) => {
				// The user's choice: without a ledger, Stripe recognizes the key for 24 hours, and nothing does afterwards.
				const isDown = error instanceof StoreUnavailableError && !(error instanceof LostEntriesError);
				if (!isDown || !(await mayRelyOnStripe(item))) throw error;
				this.hints.noteLedgerFault(error.reason);
				return ledger.claimWithoutLedger(item.claim);
			});
		if (decision.kind === 'granted') this.seenEntries.add(decision.grant.entry.entryId);
		return decision;
	}

	private async resultWithoutSending(
		claim: Exclude<FinalClaimDecision, { kind: 'granted' }>,
		item: WriteItem,
		attempt: AttemptRequest,
		releaseSlot: () => void,
	): Promise<ItemResult> {
		refuseOtherConflict(claim, item.options.onlyCustomer);
		const isDuplicate = this.seenEntries.isDuplicate(claim.entry, item);
		this.seenEntries.add(claim.entry?.entryId ?? item.claim.entryId);
		if (claim.kind !== 'replay' || item.class !== 'ephemeral')
			return warnOfSecondRun(resultOfClaim(claim, { isDuplicate }), item.claim.origin, this.startedAt);
		const link = await readLink(claim.entry, attempt, this.signal);
		const renewed = renewExpiredLink(item, claim.entry, link);
		return renewed ? this.executeWrite(renewed, releaseSlot) : toLinkResult(claim, link, isDuplicate);
	}
}

/** Enough concurrency for Stripe's published rate, even if a response takes two seconds. */
const AUTOMATIC_CONCURRENCY = 50;

/** Items about the same entry or object run one after the other. */
function namesOf({ claim, ...request }: WriteItem): string[] {
	const created = claim.onlyOne ? [JSON.stringify(claim.onlyOne)] : [];
	return [claim.entryId, ...changedObjectsOf(request), ...created];
}
