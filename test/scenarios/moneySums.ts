import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { parse } from 'csv-parse/sync';
import type { IDataObject } from 'n8n-workflow';

import type { NodeBefore } from '../../examples/ledgerPage/left';
import { makeThePage } from '../../examples/ledgerPage/makeThePage';
import type { WorkflowJson } from '../engine';
import type { RegistryFixture } from '../nodes/fixtures/registryFixture';
import type { StripeSimulator } from '../simulator/simulator';

/** By kind and currency: `payment eur` → minor units that have moved. What is zero is left out. */
export type Sums = Record<string, number>;

function addUp(parts: readonly (readonly [name: string, minor: number])[]): Sums {
	const sums: Sums = {};
	for (const [name, minor] of parts) if (minor !== 0) sums[name] = (sums[name] ?? 0) + minor;
	return sums;
}

/** What really happened to the money of the workflow's orders. */
export function sumsInStripe(stripe: StripeSimulator): Sums {
	const { charges, refunds } = stripe.report();
	const currencyOf = new Map(charges.map(({ id, currency }) => [id, currency]));
	return addUp([
		...charges
			.filter(({ metadata }) => metadata.order !== undefined)
			.map(({ currency, amount }) => [`payment ${currency}`, amount] as const),
		...refunds
			.filter(({ metadata }) => metadata.order !== undefined)
			.map(({ charge, amount }) => [`refund ${currencyOf.get(charge) ?? ''}`, amount] as const),
	]);
}

export async function sumsOfSummarize(registry: RegistryFixture): Promise<Record<'money' | 'total', Sums>> {
	const { json } = await registry.one({ resource: 'entry', operation: 'summarize' });
	const { money, total } = json as unknown as Record<'money' | 'total', IDataObject[]>;
	const kindOf = ({ operation }: IDataObject) =>
		(operation as string).startsWith('refund.') ? 'refund' : 'payment';
	const partOf = (kind: string, { currency, amount }: IDataObject) =>
		[`${kind} ${currency as string}`, Number(amount)] as const;
	return {
		money: addUp(money.map((row) => partOf(row.kind as string, row))),
		total: addUp(total.map((row) => partOf(kindOf(row), row))),
	};
}

const asleep: NodeBefore = { isExecuted: false, all: () => [] };
const toPageInput = (json: unknown): NodeBefore => ({
	isExecuted: true,
	all: (output) => (output === 0 ? [{ json }] : []),
});

/** What stands on the page, as a person reads it. */
export async function sumsOfPage(registry: RegistryFixture): Promise<Sums> {
	const { json } = await registry.one({ resource: 'entry', operation: 'summarize' });
	const { html } = makeThePage({
		lookUp: asleep,
		samePayment: asleep,
		findOut: asleep,
		items: [],
		now: registry.time.now(),
		whole: [toPageInput(json), toPageInput({}), toPageInput({})],
		call: { query: {}, webhookUrl: 'https://n8n.example' },
	});
	const table = html.slice(html.indexOf('Money by outcome'), html.indexOf('By operation'));
	const rows = [...table.matchAll(/<tr>.*?<\/tr>/gs)].slice(1).map(([row]) => {
		const [kind = '', , moved = ''] = row
			.replace(/<[^>]*>/g, '|')
			.split(/[|\s]*\|[|\s]*/)
			.filter(Boolean);
		const [digits = '', currency = ''] = moved.split(' ');
		const name = `${kind.toLowerCase().replace(/s$/, '')} ${currency.toLowerCase()}`;
		return [name, Number(digits.replace('.', ''))] as const;
	});
	return addUp(rows);
}

const EXPORT = join(__dirname, '..', '..', 'examples', 'export-for-audit.json');

/** What an auditor adds up in the export. */
export async function sumsOfCsv(registry: RegistryFixture): Promise<Sums> {
	const { nodes } = JSON.parse(readFileSync(EXPORT, 'utf8')) as WorkflowJson;
	const node = nodes.find(({ name }) => name === 'Rows and Lines') as unknown as {
		parameters: { jsCode: string };
	};
	const { raws } = await registry.run({ resource: 'entry', operation: 'getMany', returnAll: true });
	const files = runInNewContext(`(() => {${node.parameters.jsCode}})()`, {
		$input: { all: () => raws[0] },
		$: () => ({ first: () => ({ json: { from: '2026-01-01', until: '2027-01-01' } }) }),
	}) as { json: { text: string } }[];
	const rows: Record<string, string>[] = parse(files[0]!.json.text, { columns: true, bom: true });
	return addUp(
		rows.flatMap(({ currency = '', paid_minor_units: paid, refunded_minor_units: refunded }) => [
			[`payment ${currency}`, Number(paid)] as const,
			[`refund ${currency}`, Number(refunded)] as const,
		]),
	);
}
