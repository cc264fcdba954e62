import { PostgresStore } from '../../../ledger/stores/postgres/postgresStore';
import type { PostgresSettings } from '../../../ledger/stores/postgres/settings';
import { row } from '../stores/conformance';

/** A process that uses a ledger, says when it has done so, and does nothing to end. */
async function main(): Promise<void> {
	const store = PostgresStore.open(JSON.parse(process.argv[2] ?? '') as PostgresSettings);
	await Promise.all([row(), row(), row()].map((one) => store.insertIfAbsent([one])));
	process.send?.('done');
}

void main();
