import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { WorkflowJson } from '../../engine/workflowJson';
import { OWNER } from './n8nApi';
import type { N8nProcess } from './n8nProcess';
import { RealN8n } from './realN8n';

const EXAMPLES = join(__dirname, '../../..', 'examples');

/** The header that the webhooks of the examples require. */
const CALLER = { name: 'Authorization', value: 'Bearer shop' };

/** The login for the ledger page. */
const READER = { user: 'olga', password: OWNER.password };

/**
 * A terminal sends one Ctrl+C to all processes of a group, which also forward it to each other: signals within
 * this many ms count as one.
 */
const ONE_KEYSTROKE = 500;

/**
 * Starts a real n8n to try this package in: `npm run n8n -- [--port 5678] [--queue] [--workers 2] [--version
 * 2.41.1]`.
 */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			/** Default: a free port. */
			port: { type: 'string' },
			/** A main process and workers, with Postgres and Redis, instead of one process. */
			queue: { type: 'boolean', default: false },
			workers: { type: 'string', default: '2' },
			/** The n8n version. */
			version: { type: 'string' },
		},
	});
	const began = performance.now();
	const starting = RealN8n.start({
		mode: values.queue ? 'queue' : 'regular',
		workers: Number(values.workers),
		port: values.port === undefined ? undefined : Number(values.port),
		version: values.version,
	});
	const pending = untilEndRequested();
	const n8n = await Promise.race([starting, pending]);
	// If it is asked to end before it has started, the caretakers clean up what it has started.
	if (n8n === undefined) process.exit(1);
	await importExamples(n8n);
	const seconds = Math.round((performance.now() - began) / 1000);
	console.log(`${welcome(n8n)}\n(Ready after ${seconds} s. Ctrl+C ends and removes everything.)`);
	await restartWhenKilled(n8n.main, pending);
	console.log('\nEnding …');
	await n8n.stop();
}

/** Resolves at the first signal. A second one ends this process immediately. */
function untilEndRequested(): Promise<void> {
	return new Promise((resolve) => {
		let first: number | undefined;
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => {
				first ??= performance.now();
				if (performance.now() - first > ONE_KEYSTROKE) process.exit(1);
				resolve();
			});
		}
	});
}

/** Keeps n8n's folder and port, so that a person can pull the plug and look at what is left. */
async function restartWhenKilled(main: N8nProcess, pending: Promise<void>): Promise<void> {
	const end = pending.then(() => false);
	while (await Promise.race([main.ended().then(() => true), end])) {
		console.log('\nn8n was killed. Starting it again …');
		await main.restart();
		console.log(`n8n is back, with all it had saved. To kill it again: kill -9 ${main.pid}`);
	}
}

async function importExamples({ api }: RealN8n): Promise<void> {
	await api.createCredential('httpHeaderAuth', CALLER, 'Caller');
	await api.createCredential('httpBasicAuth', READER, 'Reader of the ledger');
	for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'))) {
		await api.importWorkflow(JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as WorkflowJson);
	}
}

function welcome({ main: { url, pid }, simulator, credentials, workers }: RealN8n): string {
	const plug = `
  Pull the plug while a workflow runs: n8n starts again by itself.
    kill -9 ${pid}`;
	const names = Object.values(credentials).map(({ name }) => name);
	return `
n8n       ${url}
  email     ${OWNER.email}
  password  ${OWNER.password}
  All workflows of examples/ are there, with the credentials ${names.join(', ')}.
  Webhooks of the examples expect the header "${CALLER.name}: ${CALLER.value}".
  The ledger page, after you publish its workflow: ${url}/webhook/ledger
    user ${READER.user}, password ${READER.password}${workers.length === 0 ? plug : ''}

Stripe    ${simulator.url} (simulated; this page lists what it can do)
  To try a restricted key, put this address into Base URL, and as the secret key one that names its permissions:
    rk_test_may__payment_intent_write__customer_read
  See which money moved:
    curl ${simulator.url}/_simulator/report
  Lose the next response, after the charge:
    curl ${simulator.url}/_simulator/faults -d '{"kind":"resetAfter"}'
  Answer two seconds late, so that there is time to pull the plug; at once again with -X DELETE instead of -d …:
    curl ${simulator.url}/_simulator/faults -d '{"kind":"delay","delayMs":2000,"times":"Infinity"}'
  Pay out the balance:
    curl ${simulator.url}/_simulator/payout -X POST
  Move Stripe's clock on by a day:
    curl ${simulator.url}/_simulator/clock -d '{"advanceMs":86400000}'
`;
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
