import { runInNewContext } from 'node:vm';

import { parse } from 'csv-parse/sync';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

import { describeNode } from './builtins';

/**
 * Reimplements n8n's own nodes as far as the examples use them, so that the examples run unmodified without an
 * n8n. The tests in a real n8n cover n8n's own implementation.
 */

type Parameter = { name: string; type: 'string' | 'json' | 'assignmentCollection' };

const describeEditorNode = (name: string, ...parameters: Parameter[]) =>
	describeNode(name, {
		properties: parameters.map((parameter) => ({
			...parameter,
			displayName: parameter.name,
			default: '',
		})),
	});

type Change = (context: IExecuteFunctions, index: number, item: INodeExecutionData) => INodeExecutionData[];

/** Processes the items one by one, and sets the paired item. */
function perItem(change: Change): INodeType['execute'] {
	return async function () {
		const items = this.getInputData().flatMap((item, index) =>
			change(this, index, item).map((made) => ({ ...made, pairedItem: { item: index } })),
		);
		return [items];
	};
}

const text = (context: IExecuteFunctions, name: string, index: number) =>
	context.getNodeParameter(name, index, '') as string;

/** Edit Fields, with fields or with JSON. */
export const setNode: INodeType = {
	description: describeEditorNode(
		'set',
		{ name: 'mode', type: 'string' },
		{ name: 'jsonOutput', type: 'json' },
		{ name: 'assignments', type: 'assignmentCollection' },
		{ name: 'includeOtherFields', type: 'string' },
	),
	execute: perItem((context, index, { json }) => {
		if (text(context, 'mode', index) === 'raw') {
			const output = context.getNodeParameter('jsonOutput', index) as string | IDataObject;
			return [{ json: typeof output === 'string' ? (JSON.parse(output) as IDataObject) : output }];
		}
		const fields = context.getNodeParameter('assignments.assignments', index, []) as IDataObject[];
		const others = context.getNodeParameter('includeOtherFields', index, false) === true ? json : {};
		const made = Object.fromEntries(fields.map(({ name, value }) => [name as string, value]));
		return [{ json: { ...others, ...made } }];
	}),
};

/** Code, once for all items. Like n8n's node, it returns only values that JSON can hold. */
export const javaScriptNode: INodeType = {
	description: describeEditorNode('code', { name: 'jsCode', type: 'string' }),
	async execute() {
		const data: Record<string, unknown> = this.getWorkflowDataProxy(0);
		const { $, $input, $now } = data;
		const made: unknown = runInNewContext(`(() => {${text(this, 'jsCode', 0)}})()`, { $, $input, $now });
		return [JSON.parse(JSON.stringify(made)) as INodeExecutionData[]];
	},
};

/** Convert to File, for text. */
export const toFileNode: INodeType = {
	description: describeEditorNode(
		'convertToFile',
		{ name: 'sourceProperty', type: 'string' },
		{ name: 'options', type: 'json' },
	),
	execute: perItem((context, index, { json }) => {
		const data = Buffer.from(json[text(context, 'sourceProperty', index)] as string).toString('base64');
		const { fileName } = context.getNodeParameter('options', index, {}) as { fileName?: string };
		return [{ json: {}, binary: { data: { data, fileName, mimeType: 'text/plain' } } }];
	}),
};

/** Extract from File: one item per row, with text values. */
export const fromFileNode: INodeType = {
	description: describeEditorNode('extractFromFile'),
	execute: perItem((_context, _index, { binary }) => {
		const content = Buffer.from(binary?.data?.data ?? '', 'base64');
		return parse(content, { columns: true, bom: true }).map((json) => ({ json: json as IDataObject }));
	}),
};

/** A page of a form, submitted with the given values. */
export function formNode(form: IDataObject): INodeType {
	return {
		description: describeEditorNode('form', { name: 'jsonOutput', type: 'json' }),
		async execute() {
			return [[{ json: form }]];
		},
	};
}

/**
 * Wait, which resumes at once. The submitted form replaces the items.
 *
 * @param meanwhile runs before the form is submitted
 */
export function waitNode(form: IDataObject, meanwhile?: () => Promise<unknown>): INodeType {
	return {
		description: describeEditorNode('wait', { name: 'resume', type: 'string' }),
		async execute() {
			if (text(this, 'resume', 0) !== 'form') return [this.getInputData()];
			await meanwhile?.();
			return [[{ json: form }]];
		},
	};
}
