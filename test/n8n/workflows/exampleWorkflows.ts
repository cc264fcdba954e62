import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { WorkflowJson } from '../../engine/workflowJson';
import { until } from '../../servers/until';
import type { Execution } from '../harness/execution';
import type { N8nApi } from '../harness/n8nApi';

/** An example as it is shipped; what a test changes in it, it changes as a person does in the editor. */
export function loadExample(name: string, changes: Record<string, IDataObject> = {}): WorkflowJson {
	const file = join(__dirname, '../../../examples', `${name}.json`);
	const json = JSON.parse(readFileSync(file, 'utf8')) as WorkflowJson;
	for (const changed of Object.keys(changes)) {
		if (!json.nodes.some(({ name: node }) => node === changed))
			throw new Error(`${name}.json has no "${changed}"`);
	}
	const nodes = json.nodes.map((node) => ({
		...node,
		parameters: { ...node.parameters, ...changes[node.name] } as typeof node.parameters,
	}));
	return { ...json, nodes };
}

/** What left a node, in all of its runs and by all of its outputs, oldest first. */
export function items(execution: Execution, node: string): IDataObject[] {
	return execution
		.runs(node)
		.flatMap(({ data }) => data?.main ?? [])
		.flatMap((output) => output ?? [])
		.map(({ json }) => json);
}

/** Waits until a workflow has asked a person; resolves with the question and the link in it. */
export async function questionOf(
	api: N8nApi,
	executionId: string,
): Promise<{ question: string; link: string }> {
	return until('the question', async () => {
		const waiting = await api.execution(executionId);
		if (waiting.status !== 'waiting') return undefined;
		const question = items(waiting, 'Send the Question')[0]!.message as string;
		return { question, link: /https?:\S+$/.exec(question)![0] };
	});
}

/** What a caller is told. */
export interface ReplyItem {
	status: number;
	headers: Headers;
	body: unknown;
}

/** A click on Submit, with a text for each field. n8n refuses a second one, or leaves it without an answer while the first one is at work. */
export async function submitForm(link: string, ...fields: string[]): Promise<void> {
	const form = new FormData();
	fields.forEach((value, index) => form.set(`field-${index}`, value));
	const signal = AbortSignal.timeout(5_000);
	await fetch(link, { method: 'POST', body: form, signal }).catch((error: unknown) => {
		if ((error as Error).name !== 'TimeoutError') throw error;
	});
}

/** Sends JSON once. Only where n8n says that nobody listens there yet, it is sent again. */
export async function postWebhook(
	url: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<ReplyItem> {
	return until(`somebody who listens at ${url}`, async () => {
		const answer = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});
		const text = await answer.text();
		if (answer.status === 404 && text.includes('is not registered')) return undefined;
		return { status: answer.status, headers: answer.headers, body: parsed(text) };
	});
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
