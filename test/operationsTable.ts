/** Writes `docs/operations.md` from the code: `npm run operations-table`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CLASS_FACTS } from '../nodes/StripeIdempotent/oncePer';
import { STRIPE_RESOURCES } from '../nodes/StripeIdempotent/operations';
import type {
	OperationClass,
	StripeResource,
	WriteOperation,
} from '../nodes/StripeIdempotent/operations/operation';
import { UNRESOLVABLE } from '../nodes/StripeIdempotent/operations/unresolvable';

export const OPERATIONS_PAGE = join(__dirname, '..', 'docs', 'operations.md');

const CLASSES: Readonly<Record<OperationClass, { name: string; oncePer: string }>> = {
	create: { name: 'Makes something new', oncePer: 'the key fields' },
	terminal: { name: 'Can never be undone', oncePer: 'the object' },
	repeatable: { name: 'May rightly happen again', oncePer: 'the object and the key fields' },
	ephemeral: { name: 'Makes a link that expires', oncePer: 'the key fields' },
};

const HEAD = `# All operations

<!-- Written by \`npm run operations-table\`. -->

What the node Stripe Idempotent can do. In _Once Per_ you can always choose other key fields: the table shows the default.
Operations that only read need no key, and leave no entry in the ledger.
`;

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const heading = (cells: readonly string[]) => [row(cells), row(cells.map(() => '---'))];

function describeWrite(resource: StripeResource, operation: WriteOperation): string {
	const { name, oncePer } = CLASSES[operation.class];
	const isDecidedByParameters = (operation.variant ?? operation.classFor) !== undefined;
	const reason = UNRESOLVABLE.get(`${resource.value}.${operation.value}`);
	return row([
		resource.name,
		operation.name,
		isDecidedByParameters ? `${name}; other choices in it may differ` : name,
		oncePer,
		reason === undefined ? '' : `A person may have to decide: ${reason}`,
	]);
}

function listReads({ name, operations }: StripeResource): string[] {
	const reads = operations.filter(({ kind }) => kind !== 'write').map((operation) => operation.name);
	return reads.length === 0 ? [] : [row([name, reads.join(', ')])];
}

export function buildOperationsPage(): string {
	const resources = [...STRIPE_RESOURCES].sort((a, b) => a.name.localeCompare(b.name));
	const classes = Object.entries(CLASSES).map(([value, { name, oncePer }]) =>
		row([name, oncePer, CLASS_FACTS[value as OperationClass].repeat]),
	);
	const writes = resources.flatMap((resource) =>
		resource.operations.flatMap((one) => (one.kind === 'write' ? [describeWrite(resource, one)] : [])),
	);
	return [
		HEAD,
		'## What a repeat does\n',
		...heading(['class', 'once per', 'a repeat']),
		...classes,
		'\n## Operations that change something\n',
		'After a lost answer, the node or Reconcile looks the operation up at Stripe. If that proves nothing, a person decides.',
		'The last column names where Stripe cannot always answer.\n',
		...heading(['resource', 'operation', 'class', 'once per', 'after a lost answer']),
		...writes,
		'\n## Operations that only read\n',
		...heading(['resource', 'operations']),
		...resources.flatMap(listReads),
		'',
	].join('\n');
}

/** What is left when line breaks and the widths of columns do not count. */
export function ignoreWidths(page: string): string {
	return page.replace(/\s+/g, ' ').trim().replace(/-{3,}/g, '---');
}

/** Prettier cannot be loaded where the tests run. */
async function writePage(): Promise<void> {
	const { format, resolveConfig } = await import('prettier');
	const options = { ...(await resolveConfig(OPERATIONS_PAGE)), parser: 'markdown' };
	writeFileSync(OPERATIONS_PAGE, await format(buildOperationsPage(), options));
}

if (require.main === module) void writePage();
