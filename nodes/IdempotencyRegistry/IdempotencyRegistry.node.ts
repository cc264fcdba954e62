import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Time } from '../../ledger/clock';
import { hostClock, systemTime } from '../../ledger/clock';
import { knownClock } from '../../stripe/api/connection';
import { LedgerOpener } from '../shared/ledger/ledgerOpener';
import { POSTGRES, REDIS, whereLedgerIs } from '../shared/ledger/ledgerParameters';
import { inParallel, Turns } from '../shared/run/concurrency';
import { isOfWholeNode } from '../shared/parameters/faults';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import type { Departure } from './output/result';
import { notForModels } from './output/result';
import { declared, inputs, outputs, properties, whereStripeIsAsked } from './description';
import { publishHints } from './hints';
import type { RunFrame } from './item';
import { Item } from './item';
import { itemsOf } from './output/toOutputItems';
import { operationNamed } from './resources';
import type { Operation } from './operation';
import { Progress } from './output/progress';
import { departureIfRefusal, fault } from './output/errorToResult';

export class IdempotencyRegistry implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Idempotency Registry',
		name: 'idempotencyRegistry',
		icon: { light: 'file:idempotencyRegistry.svg', dark: 'file:idempotencyRegistry.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Do anything once, hand out tokens for payments, and look into the ledger',
		defaults: { name: 'Idempotency Registry' },
		usableAsTool: true,
		inputs,
		outputs,
		credentials: [
			{
				name: 'stripeIdempotentApi',
				required: true,
				testedBy: 'stripeIdempotentApiTest',
				displayOptions: whereStripeIsAsked,
			},
			{ name: POSTGRES, required: true, displayOptions: whereLedgerIs(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: whereLedgerIs(REDIS) },
		],
		properties,
	};

	methods = { credentialTest: { stripeIdempotentApiTest } };

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
	private readonly frame: RunFrame;
	private readonly operation: Operation;

	constructor(
		private readonly context: IExecuteFunctions,
		time: Time,
	) {
		this.operation = chosenOperation(context);
		const { progress: done } = this.operation;
		this.frame = {
			...{ context, declared, time },
			...{ clock: knownClock(time), hostClock: hostClock(time) },
			ledgers: new LedgerOpener(context),
			turns: new Turns(),
			accounts: new Map(),
			claimed: new Set(),
			keyFields: [],
			entryIds: [],
			progress:
				done === undefined ? undefined : new Progress(context, done, context.getInputData().length),
			signal: context.getExecutionCancelSignal(),
		};
	}

	async execute(): Promise<INodeExecutionData[][]> {
		const items = [...this.context.getInputData().keys()].map((index) => new Item(this.frame, index));
		try {
			const departures = await inParallel(items, this.operation.atOnce ?? 1, (item) =>
				this.travel(item),
			);
			await publishHints(this.frame, departures.flat());
			return this.route(items, departures);
		} finally {
			await this.frame.ledgers.close();
		}
	}

	/** The whole way of one item. What keeps it from going on is a way out too: nothing is thrown for it. */
	private async travel(item: Item): Promise<readonly Departure[]> {
		const departures = await this.departuresOf(item);
		for (const departure of departures) this.frame.progress?.passed(departure);
		return departures;
	}

	private async departuresOf(item: Item): Promise<readonly Departure[]> {
		try {
			const { decidedByPeople, execute } = this.operation;
			if (item.asTool && decidedByPeople) return [notForModels(decidedByPeople)];
			return [await execute(item)].flat();
		} catch (error) {
			return [this.leaveWith(error)];
		}
	}

	private leaveWith(error: unknown): Departure {
		const whenDown = this.operation.outputs.includes('busy') ? 'busy' : 'refused';
		const known = departureIfRefusal(error, whenDown);
		if (known) return known;
		// One item's fault costs no other item its outcome; what n8n says of the whole node ends the run. Where On Error lets
		// the workflow go on, n8n would pass all items on as if they had been done.
		if (isOfWholeNode(error) && !this.context.continueOnFail()) throw error;
		return fault(this.context, error);
	}

	/** Nothing is lost: whatever an item leads to leaves through an output. What a model asked for comes back on output 0: no other reaches it. */
	private route(
		items: readonly Item[],
		departures: readonly (readonly Departure[])[],
	): INodeExecutionData[][] {
		const names = this.operation.outputs;
		const routed = names.map((): INodeExecutionData[] => []);
		for (const [position, item] of items.entries()) {
			for (const departure of departures[position] ?? []) {
				const output = item.asTool ? 0 : names.indexOf(departure.output);
				routed[output]?.push(...itemsOf(departure, item));
			}
		}
		return routed;
	}
}

/** Which outputs there are depends on it, so it is one for all items. @throws NodeOperationError */
function chosenOperation(context: IExecuteFunctions): Operation {
	const resource: unknown = context.getNodeParameter('resource', 0);
	const operation: unknown = context.getNodeParameter('operation', 0);
	const known = operationNamed(resource, operation);
	if (known) return known;
	throw new NodeOperationError(context.getNode(), 'Operation is not known to this node', {
		description: 'Choose it from the list, or update the package.',
	});
}
