import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { TimeSource } from '../../ledger/clock';
import { buildHostClock, systemTime } from '../../ledger/clock';
import { StoppedError } from '../../stripe/api/rateLimiter';
import { buildKnownClock } from '../../stripe/api/connection';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import { POSTGRES, REDIS, showForLedger } from '../shared/ledger/ledgerParameters';
import { mapWithConcurrency, KeyedMutex } from '../shared/run/concurrency';
import { refuseAlwaysOutput } from '../shared/run/alwaysOutput';
import { Progress } from '../shared/run/progress';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import type { RegistryResult } from './output/result';
import { refuseAs, refuseModel, toRegistryItems, OUTPUT_LABELS } from './output/result';
import {
	registryCatalog,
	registryInputs,
	registryOutputs,
	registryProperties,
	showWhereStripeIsNeeded,
} from './description';
import { publishHints } from './hints';
import type { RunContext } from './item';
import { RegistryItem } from './item';
import { refuseToolChoices } from './modelChoice';
import { findOperation } from './resources';
import type { RegistryOperation } from './operation';
import { itemErrorToResult, partErrorToResult } from '../shared/run/errorToResult';
import { buildLeftResult, Stop } from '../shared/run/stop';

export class IdempotencyRegistry implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Idempotency Registry',
		name: 'idempotencyRegistry',
		icon: { light: 'file:idempotencyRegistry.svg', dark: 'file:idempotencyRegistry.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Run any action once, issue payment tokens, and inspect the ledger',
		defaults: { name: 'Idempotency Registry' },
		usableAsTool: true,
		inputs: registryInputs,
		outputs: registryOutputs,
		credentials: [
			{
				name: 'stripeIdempotentApi',
				required: true,
				testedBy: 'stripeIdempotentApiTest',
				displayOptions: showWhereStripeIsNeeded,
			},
			{ name: POSTGRES, required: true, displayOptions: showForLedger(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: showForLedger(REDIS) },
		],
		properties: registryProperties,
	};

	methods = { credentialTest: { stripeIdempotentApiTest } };

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	/** n8n creates nodes without arguments. Tests inject a clock. */
	constructor(time: TimeSource = systemTime) {
		this.execute = function () {
			return new RegistryRun(this, time).execute();
		};
	}
}

/** One run of the node over its input items. */
class RegistryRun {
	private readonly runContext: RunContext;
	private readonly operation: RegistryOperation;
	private readonly stop: Stop;

	constructor(
		private readonly context: IExecuteFunctions,
		time: TimeSource,
	) {
		this.operation = getChosenOperation(context);
		const signal = context.getExecutionCancelSignal();
		this.stop = new Stop(signal, time, (error) => partErrorToResult(context, error));
		this.runContext = {
			context,
			catalog: registryCatalog,
			time,
			clock: buildKnownClock(time),
			hostClock: buildHostClock(time),
			ledgers: new LedgerOpener(context),
			mutex: new KeyedMutex(),
			accounts: new Map(),
			claimedEntryIds: new Set(),
			keyFields: [],
			entryIds: [],
			hasReadAll: false,
			progress: new Progress(
				context,
				this.operation.progress ?? 'completed',
				context.getInputData().length,
			),
			signal,
		};
	}

	async execute(): Promise<INodeExecutionData[][]> {
		const { letsThrough, outputs } = this.operation;
		if (letsThrough) refuseAlwaysOutput(this.context, OUTPUT_LABELS[outputs[0]]);
		const items = [...this.context.getInputData().keys()].map(
			(index) => new RegistryItem(this.runContext, index),
		);
		try {
			const results = await mapWithConcurrency(items, this.operation.concurrency ?? 1, (item) =>
				this.processItem(item),
			);
			await this.stop.waitFor(publishHints(this.runContext, results.flat()), () => undefined);
			return this.route(items, results);
		} finally {
			await this.stop.waitFor(this.runContext.ledgers.close(), () => undefined);
		}
	}

	/** Processes one item. An expected error is a result too: nothing is thrown for it. */
	private async processItem(item: RegistryItem): Promise<readonly RegistryResult[]> {
		const results = await this.stop.waitFor(this.executeItem(item), () => [this.toLeftResult()]);
		for (const result of results) this.runContext.progress.complete(result, OUTPUT_LABELS[result.output]);
		return results;
	}

	private async executeItem(item: RegistryItem): Promise<readonly RegistryResult[]> {
		try {
			if (this.runContext.signal?.aborted) return [this.toErrorResult(new StoppedError())];
			const { humanOnly, execute } = this.operation;
			if (item.isTool && humanOnly) return [refuseModel(humanOnly)];
			refuseToolChoices(item);
			return [await execute(item)].flat();
		} catch (error) {
			return [this.toErrorResult(error)];
		}
	}

	/** Builds the result of an item that is left at Stop. Work in progress continues. */
	private toLeftResult(): RegistryResult {
		const output = this.operation.outputs.includes('retry') ? 'retry' : 'refused';
		return { ...refuseAs(buildLeftResult(), 'refused'), output };
	}

	private toErrorResult(error: unknown): RegistryResult {
		const whenDown = this.operation.outputs.includes('busy') ? 'busy' : 'refused';
		return refuseAs(itemErrorToResult(this.context, error), whenDown);
	}

	/** Routes a result to its output. Results for a model all go to output 0, because an agent does not receive the others. */
	private route(
		items: readonly RegistryItem[],
		results: readonly (readonly RegistryResult[])[],
	): INodeExecutionData[][] {
		const names = this.operation.outputs;
		const routed = names.map((): INodeExecutionData[] => []);
		for (const [position, item] of items.entries()) {
			for (const result of results[position] ?? []) {
				const output = item.isTool ? 0 : names.indexOf(result.output);
				routed[output]?.push(...toRegistryItems(result, item));
			}
		}
		return routed;
	}
}

/**
 * The operation determines the outputs, so it is the same for all items.
 *
 * @throws NodeOperationError
 */
function getChosenOperation(context: IExecuteFunctions): RegistryOperation {
	const resource: unknown = context.getNodeParameter('resource', 0);
	const operation: unknown = context.getNodeParameter('operation', 0);
	const known = findOperation(resource, operation);
	if (known) return known;
	throw new NodeOperationError(context.getNode(), 'Operation is not known to this node', {
		description: 'Choose it from the list, or update the package.',
	});
}
