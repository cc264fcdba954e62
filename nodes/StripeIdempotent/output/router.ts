import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isToolType, NodeOperationError } from 'n8n-workflow';

import { redactMessage } from '../../../stripe/api/redact';
import type { ItemResult } from '../../shared/run/result';
import { toPaymentItems } from './itemFrames';
import type { Item } from '../item';
import { OUTPUTS } from '../../shared/run/outcomeMessages';

/** Brings every item to exactly one output. */
export class ItemRouter {
	private readonly isTool: boolean;
	private readonly options: RoutingOptions;

	constructor(private readonly context: IExecuteFunctions) {
		// `isToolExecution()` is false under n8n's Agent v3; the type's name tells it always.
		this.isTool = isToolType(context.getNode().type);
		this.options = readRoutingOptions(context);
	}

	/** @throws NodeOperationError for server errors, where the user wants the workflow to stop for them */
	route(items: readonly (Item | ItemResult)[], results: readonly ItemResult[]): INodeExecutionData[][] {
		const { duplicates, serverErrors } = this.options;
		const outputs = OUTPUTS.slice(0, duplicates === 'output' ? 4 : 3).map((): INodeExecutionData[] => []);
		if (serverErrors === 'throw' && !this.isTool && !this.context.continueOnFail())
			this.stopOnServerError(results);
		results.forEach((result, index) => {
			const item = items[index];
			const readItem = item && 'kind' in item ? item : undefined;
			const input = this.context.getInputData()[index] ?? { json: {} };
			const outputItems = toPaymentItems(result, {
				index,
				input,
				isTool: this.isTool,
				simplify: readItem?.options.simplify ?? false,
				expanded: readItem?.options.expand ?? [],
				isRead: readItem?.kind === 'read',
			});
			outputs[this.getOutputIndex(result, duplicates)]?.push(...outputItems);
		});
		return outputs;
	}

	/** What a model asked for comes back on output 0: other outputs do not reach it. */
	private getOutputIndex({ output, isDuplicate }: ItemResult, duplicates: unknown): number {
		if (this.isTool) return 0;
		const name = isDuplicate && duplicates === 'output' ? 'duplicate' : output;
		return OUTPUTS.findIndex((candidate) => candidate.name === name);
	}

	private stopOnServerError(results: readonly ItemResult[]): void {
		const itemIndex = results.findIndex(({ output }) => output === 'serverError');
		const first = results[itemIndex];
		if (!first) return;
		const others = results.filter(({ output }) => output === 'serverError').length - 1;
		const more = others > 0 ? ` (and ${others === 1 ? '1 more item' : `${others} more items`})` : '';
		const message = redactMessage(`[Item ${itemIndex}] ${first.message}${more}`);
		const stop = new NodeOperationError(this.context.getNode(), message, {
			itemIndex,
			description: `${redactMessage(first.nextStep)} The results of the other items are stored in the ledger and returned in the next run.`,
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
function readRoutingOptions(context: IExecuteFunctions): RoutingOptions {
	try {
		return context.getNodeParameter('options', 0, {});
	} catch {
		return {};
	}
}
