import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isToolType, NodeOperationError } from 'n8n-workflow';

import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import type { Departure } from '../../shared/run/result';
import { itemsOf } from './toOutputItems';
import type { Item } from '../item';
import { OUTPUTS } from '../../shared/run/outcomeMessages';

/** Brings every item to exactly one output. */
export class ItemRouter {
	private readonly asTool: boolean;
	private readonly chosen: RoutingOptions;

	constructor(private readonly context: IExecuteFunctions) {
		// `isToolExecution()` is false under n8n's Agent v3; the type's name tells it always.
		this.asTool = isToolType(context.getNode().type);
		this.chosen = optionsOf(context);
	}

	/** @throws NodeOperationError for server errors, where the user wants the workflow to stop for them */
	route(items: readonly (Item | Departure)[], departures: readonly Departure[]): INodeExecutionData[][] {
		const { duplicates, serverErrors } = this.chosen;
		const outputs = OUTPUTS.slice(0, duplicates === 'output' ? 4 : 3).map((): INodeExecutionData[] => []);
		if (serverErrors === 'throw' && !this.asTool && !this.context.continueOnFail())
			this.stopFor(departures);
		departures.forEach((leaving, index) => {
			const item = items[index];
			const asked = item && 'kind' in item ? item : undefined;
			const input = this.context.getInputData()[index] ?? { json: {} };
			const leavingItems = itemsOf(leaving, {
				...{ index, input, asTool: this.asTool },
				simplify: asked?.options.simplify ?? false,
				isRead: asked?.kind === 'read',
			});
			outputs[this.positionOf(leaving, duplicates)]?.push(...leavingItems);
		});
		return outputs;
	}

	/** What a model asked for comes back on output 0: other outputs do not reach it. */
	private positionOf({ output, duplicate }: Departure, duplicates: unknown): number {
		if (this.asTool) return 0;
		const name = duplicate && duplicates === 'output' ? 'duplicate' : output;
		return OUTPUTS.findIndex((candidate) => candidate.name === name);
	}

	private stopFor(departures: readonly Departure[]): void {
		const itemIndex = departures.findIndex(({ output }) => output === 'serverError');
		const first = departures[itemIndex];
		if (!first) return;
		const others = departures.filter(({ output }) => output === 'serverError').length - 1;
		const more = others > 0 ? ` (and ${others === 1 ? '1 more item' : `${others} more items`})` : '';
		const message = wordsWithoutSecrets(`[Item ${itemIndex}] ${first.message}${more}`);
		const stop = new NodeOperationError(this.context.getNode(), message, {
			itemIndex,
			description: `${wordsWithoutSecrets(first.nextStep)} What was done for the other items is kept in the ledger and comes back at the next run.`,
		});
		// n8n puts sentences of its own in the place of messages in which it finds a code such as ECONNREFUSED.
		stop.message = message;
		throw stop;
	}
}

interface RoutingOptions {
	duplicates?: unknown;
	serverErrors?: unknown;
}

/** An expression that cannot be evaluated refuses its item; what the others have done still has to leave. */
function optionsOf(context: IExecuteFunctions): RoutingOptions {
	try {
		return context.getNodeParameter('options', 0, {});
	} catch {
		return {};
	}
}
