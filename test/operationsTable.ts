/** Writes `docs/operations.md` from the code: `npm run operations-table`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { listNeeds } from '../nodes/StripeIdempotent/permissionVerdicts';
import { CLASS_FACTS } from '../nodes/StripeIdempotent/oncePer';
import { STRIPE_RESOURCES } from '../nodes/StripeIdempotent/operations';
import type {
	StripeOperation,
	StripeResource,
	WriteOperation,
} from '../nodes/StripeIdempotent/operations/operation';
import { describePermission } from '../stripe/api/permissions';
import { UNRESOLVABLE } from '../nodes/StripeIdempotent/operations/unresolvable';

export const OPERATIONS_PAGE = join(__dirname, '..', 'docs', 'operations.md');

const HEAD = `# All operations

<!-- Written by \`npm run operations-table\`. -->

What the node Stripe Idempotent can do. In _Once Per_ you can always choose other key fields: the table shows the default.
Operations that only read need no key, and leave no entry in the ledger.
`;

const KEYS = `The tables name permissions as the Stripe dashboard does (**Developers → API keys → Create restricted key**); **Write** includes
**Read**. Beside what an operation is listed with:

- **Events: Read**, for all that changes something. After a lost answer the node looks for the event of its key.
- **Connected accounts: Read**, unless _Account ID_ is filled in in the credential: without it, Stripe is asked whose key it is.
- What you name in _Expand_, what a list to choose from shows, and **Connect permissions** where _Stripe Account_ is used.
- Where two are listed, the second is read only with some parameters: a limit on a subscription, an amount in the major unit.

The names are those of Stripe's
[permissions reference](https://docs.stripe.com/stripe-apps/reference/permissions), and GET counts as Read, anything else as Write. If Stripe
asks for a different one, its 403 names it, and the item's \`nextStep\` repeats that. For credit grants that reference has none.

**Account → Check Permissions** tells what your key can and cannot do, and what it can do that a workflow does not need: paste the
workflow into _Workflow (JSON)_. It only reads, one object of each kind. That shows what a key can read, and that it cannot write
what it cannot read. Whether it can write shows only when something is written.`;

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const heading = (cells: readonly string[]) => [row(cells), row(cells.map(() => '---'))];

function describeWrite(resource: StripeResource, operation: WriteOperation): string {
	const { name, oncePer } = CLASS_FACTS[operation.class];
	const isDecidedByParameters = (operation.variant ?? operation.classFor) !== undefined;
	const reason = UNRESOLVABLE.get(`${resource.value}.${operation.value}`);
	return row([
		resource.name,
		operation.name,
		isDecidedByParameters ? `${name}; other choices in it may differ` : name,
		oncePer,
		describeNeeds(resource, operation),
		reason === undefined ? '' : `A person may have to decide: ${reason}`,
	]);
}

function describeNeeds(resource: StripeResource, operation: StripeOperation): string {
	return listNeeds(resource, operation).map(describePermission).join('<br>');
}

/** Groups the reads of one resource that need the same parameters. */
function listReads(resource: StripeResource): string[] {
	const reads = resource.operations.filter(({ kind }) => kind !== 'write');
	const groups = Map.groupBy(reads, (operation) => describeNeeds(resource, operation));
	return [...groups].map(([needs, operations]) =>
		row([resource.name, operations.map(({ name }) => name).join(', '), needs]),
	);
}

export function buildOperationsPage(): string {
	const resources = [...STRIPE_RESOURCES].sort((a, b) => a.name.localeCompare(b.name));
	const classes = Object.values(CLASS_FACTS).map(({ name, oncePer, repeat }) =>
		row([name, oncePer, repeat]),
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
		...heading(['resource', 'operation', 'class', 'once per', 'restricted key', 'after a lost answer']),
		...writes,
		'\n## What a restricted key needs\n',
		KEYS,
		'\n## Operations that only read\n',
		...heading(['resource', 'operations', 'restricted key']),
		...resources.flatMap(listReads),
		'',
	].join('\n');
}

/** Normalizes line breaks and column widths, so that only the content is compared. */
export function ignoreWidths(page: string): string {
	return page.replace(/\s+/g, ' ').trim().replace(/-{3,}/g, '---');
}

/** Formats with the Prettier command, because Prettier cannot be loaded where the tests run. */
async function writePage(): Promise<void> {
	const { format, resolveConfig } = await import('prettier');
	const options = { ...(await resolveConfig(OPERATIONS_PAGE)), parser: 'markdown' };
	writeFileSync(OPERATIONS_PAGE, await format(buildOperationsPage(), options));
}

if (require.main === module) void writePage();
