import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { toItems } from './items';

/** One output, or one array per output. Plain objects are wrapped as items. */
export type CodeResult = INodeExecutionData[] | INodeExecutionData[][] | IDataObject[];

/** The body of a `test.code` node. */
export type CodeFunction = (
	items: INodeExecutionData[],
	context: IExecuteFunctions,
) => CodeResult | Promise<CodeResult>;

export const START = 'test.start';
export const NO_OP = 'test.noOp';
export const CODE = 'test.code';
export const MERGE = 'test.merge';

export function describeNode(
	name: string,
	description: Partial<INodeTypeDescription> = {},
): INodeTypeDescription {
	return {
		displayName: name,
		name,
		group: ['transform'],
		version: 1,
		description: `${name} of the engine harness`,
		defaults: { name },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
		...description,
	};
}

/**
 * Starts a workflow. In every mode, a node with a `webhook` method passes on the data of its entry on the
 * execution stack: n8n uses this to hand a webhook's items to the engine, and the harness uses it for its own
 * items.
 */
export const startNode: INodeType = {
	description: describeNode(START, { group: ['trigger'], inputs: [] }),
	webhook: async () => ({}),
};

/** Collects the items that reach it. */
export const noOpNode: INodeType = {
	description: describeNode(NO_OP),
	async execute() {
		return [this.getInputData()];
	},
};

/** n8n's own If: the engine itself evaluates `conditions`. */
export const ifNode: INodeType = {
	description: describeNode('if', {
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		properties: [
			{
				displayName: 'Conditions',
				name: 'conditions',
				type: 'filter',
				default: {},
				typeOptions: { filter: { caseSensitive: true, typeValidation: 'strict', version: 2 } },
			},
		],
	}),
	async execute() {
		const passes = (_item: INodeExecutionData, index: number) =>
			this.getNodeParameter('conditions', index, false, { extractValue: true }) === true;
		const items = this.getInputData();
		return [items.filter(passes), items.filter((item, index) => !passes(item, index))];
	},
};

const RULES = {
	displayName: 'Values',
	name: 'values',
	values: [{ displayName: 'Conditions', name: 'conditions', type: 'filter' as const, default: {} }],
};

/** n8n's own Switch in rules mode: an item leaves through the output of the first rule that matches. */
export const switchNode: INodeType = {
	description: describeNode('switch', {
		outputs: '={{ $parameter.rules.values.map(() => "main") }}',
		properties: [
			{
				displayName: 'Rules',
				name: 'rules',
				type: 'fixedCollection',
				typeOptions: { multipleValues: true },
				default: {},
				options: [RULES],
			},
		],
	}),
	async execute() {
		const rules = this.getNodeParameter('rules.values', 0, []) as unknown[];
		const holds = (rule: number, index: number) =>
			this.getNodeParameter(`rules.values[${rule}].conditions`, index, false, {
				extractValue: true,
			}) === true;
		const chosen = this.getInputData().map((_item, index) =>
			rules.findIndex((_rule, rule) => holds(rule, index)),
		);
		return rules.map((_rule, output) =>
			this.getInputData().filter((_item, index) => chosen[index] === output),
		);
	},
};

/** A note on the canvas, which is never run. */
export const stickyNote: INodeType = {
	description: describeNode('stickyNote', { inputs: [], outputs: [] }),
};

/**
 * Concatenates two inputs, like n8n's Merge in append mode: runs when both branches are done, and one may be
 * empty.
 */
export const mergeNode: INodeType = {
	description: describeNode(MERGE, {
		inputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		requiredInputs: 1,
	}),
	async execute() {
		return [[...this.getInputData(0), ...this.getInputData(1)]];
	},
};

function perOutput(result: CodeResult): INodeExecutionData[][] {
	const isPerOutput = (r: CodeResult): r is INodeExecutionData[][] =>
		r.length > 0 && r.every(Array.isArray);
	return isPerOutput(result) ? result : [toItems(result)];
}

/**
 * Runs `functions[parameters.name]` on the items. `parameters.outputs` is the number of outputs (default 1), so
 * that it can replace n8n's Code, IF, Switch and Filter nodes.
 */
export function codeNode(functions: Record<string, CodeFunction>): INodeType {
	return {
		description: describeNode(CODE, {
			outputs: '={{ Array.from({ length: $parameter.outputs }, () => "main") }}' as `={{${string}}}`,
			properties: [
				{ displayName: 'Function', name: 'name', type: 'string', default: '', required: true },
				{ displayName: 'Outputs', name: 'outputs', type: 'number', default: 1 },
			],
		}),
		async execute() {
			const name = this.getNodeParameter('name', 0) as string;
			const run = functions[name];
			if (run === undefined) throw new Error(`RunOptions.functions has no "${name}"`);
			return perOutput(await run(this.getInputData(), this));
		},
	};
}
