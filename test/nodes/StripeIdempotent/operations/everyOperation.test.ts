import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';
import { isWrite } from '../../../../nodes/StripeIdempotent/oncePer';

const OWN_NAME = 'everyOperation.test.ts';

const TESTS = [__dirname, join(__dirname, '..', 'bill')].flatMap((folder) =>
	readdirSync(folder)
		.filter((file) => file.endsWith('.test.ts') && file !== OWN_NAME)
		.map((file) => readFileSync(join(folder, file), 'utf8')),
);

/** A file that is about few resources need not name it at each operation. */
function isAbout(text: string, resource: string): boolean {
	const named = new Set([...text.matchAll(/resource: '(\w+)'/g)].map(([, name]) => name));
	return named.has(resource) && named.size <= 4;
}

function isTried(resource: string, operation: string): boolean {
	const row = new RegExp(
		`'${resource}\\.${operation}'|'${resource}', '${operation}'|resource: '${resource}',\\s+operation: '${operation}'`,
	);
	return TESTS.some(
		(text) => row.test(text) || (isAbout(text, resource) && text.includes(`'${operation}'`)),
	);
}

it('every write operation is tested in this folder, or among the bills', () => {
	const operations = STRIPE_RESOURCES.flatMap(({ value: resource, operations: rows }) =>
		rows.filter(isWrite).map(({ value }) => ({ resource, operation: value })),
	);
	expect(operations.filter(({ resource, operation }) => !isTried(resource, operation))).toEqual([]);
});
