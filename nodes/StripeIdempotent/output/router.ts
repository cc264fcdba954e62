import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isToolType, NodeOperationError } from 'n8n-workflow';

import { redactMessage } from '../../../stripe/api/redact';
import type { ItemResult } from '../../shared/run/result';
import { toPaymentItems } from './itemFrames';
import type { FinishedItem } from '../item';
import type { OutputName } from '../../shared/run/outcomeMessages';
import { OUTPUTS } from '../../shared/run/outcomeMessages';
import { buildSummaryItem } from './summary';
import type { TimeSlice } from '../../shared/run/concurrency';

/** Routes every item to exactly one output. */
export class ItemRouter {
	private readonly isTool: boolean;
	private readonly options: RoutingOptions;

	constructor(private readonly context: IExecuteFunctions) {
		// `isToolExecution()` is false in n8n's Agent v3, but the node type always tells.
		this.isTool = isToolType(context.getNode().type);
		this.options = readRoutingOptions(context);
	}

	/** @throws NodeOperationError for server errors, if the user wants them to stop the workflow */
	async route(
		items: readonly (FinishedItem | ItemResult)[],
		results: readonly ItemResult[],
		slice: TimeSlice,
	): Promise<INodeExecutionData[][]> {
		const { serverErrors, summaryItem } = this.options;
		const outputs = new Map(this.listOutputs().map((name) => [name, [] as INodeExecutionData[]]));
		if (serverErrors === 'throw' && !this.isTool && !this.context.continueOnFail())
			this.stopOnServerError(results);
		const inputs = this.context.getInputData();
		for (const [index, result] of results.entries()) {
			if (slice.isOver()) await slice.yieldToOthers();
			const item = items[index];
			const readItem = item && 'kind' in item ? item : undefined;
			const input = inputs[index] ?? { json: {} };
			const outputItems = toPaymentItems(result, {
				index,
				input,
				isTool: this.isTool,
				simplify: readItem?.options.simplify ?? false,
				expanded: readItem?.options.expand ?? [],
				read: readItem?.kind === 'read' ? readItem : undefined,
			});
			outputs.get(this.getOutput(result))?.push(...outputItems);
		}
		if (summaryItem === true && results.length > 0)
			outputs.get('summary')?.push(buildSummaryItem(results));
		return [...outputs.values()];
	}

	/** In the order of the editor. */
	private listOutputs(): OutputName[] {
		const { duplicates, summaryItem } = this.options;
		const hidden = new Set<OutputName>();
		if (duplicates !== 'output') hidden.add('duplicate');
		if (summaryItem !== true || this.isTool) hidden.add('summary');
		return OUTPUTS.map(({ name }) => name).filter((name) => !hidden.has(name));
	}

	/** Results for a model all go to output 0, because an agent does not receive the others. */
	private getOutput({ output, isDuplicate }: ItemResult): OutputName {
		if (this.isTool) return 'success';
		return isDuplicate && this.options.duplicates === 'output' ? 'duplicate' : output;
	}

	private stopOnServerError(results: readonly ItemResult[]): void {
		const itemIndex = results.findIndex(({ output }) => output === 'retry');
		const first = results[itemIndex];
		if (!first) return;
		const others = results.filter(({ output }) => output === 'retry').length - 1;
		const more =
			others > 0 ? ` ${others === 1 ? '1 more item is' : `${others} more items are`} affected.` : '';
		const message = redactMessage(`[Item ${itemIndex}] ${first.message}${more}`);
		const stop = new NodeOperationError(this.context.getNode(), message, {
			itemIndex,
			description: `${redactMessage(first.nextStep)} The results of the other items are stored in the ledger and returned in the next run.`,
		});
		// n8n replaces messages that contain a code such as ECONNREFUSED.
		stop.message = message;
		throw stop;
	}
}

interface RoutingOptions {
	summaryItem?: unknown;
	duplicates?: unknown;
	serverErrors?: unknown;
}

/** An expression that cannot be evaluated refuses its own item. The results of the others still have to leave the node. */
function readRoutingOptions(context: IExecuteFunctions): RoutingOptions {
	try {
		return context.getNodeParameter('options', 0, {});
	} catch {
		return {};
	}
}
