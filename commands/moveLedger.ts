#!/usr/bin/env node
/**
 * Copies a ledger: `FROM_LEDGER=<address> TO_LEDGER=<address> moveLedger`. The addresses come from the
 * environment because they contain passwords, and every user of a machine can read command lines.
 */
import { copyRows } from '../ledger/maintenance/copyLedger';
import { StoreUnavailableError } from '../ledger/store';
import { ItemError } from '../nodes/shared/run/error';
import type { OpenLedger } from './ledgerAddress';
import { openLedger } from './ledgerAddress';

const USAGE = `Copies all entries of one ledger to another. Stop the workflows that use them first.

  FROM_LEDGER=<address> TO_LEDGER=<address> n8n-stripe-move-ledger

Addresses:
  /home/node/.n8n/idempotency.sqlite                        a local file
  postgres://user:password@host:5432/database               ?table=schema.table  ?ssl=require  ?allowUnauthorizedCerts=true
  redis://user:password@host:6379/0  (rediss:// with TLS)   ?prefix=payments:  ?disableTlsVerification=true
  workflow:/path/export.json                                static data, from n8n export:workflow --id=… (only FROM)

Write a sign such as @ or / in a password as %40 or %2F.`;

const SHOWN_ENTRIES = 10;

async function main(): Promise<number> {
	const { FROM_LEDGER: from, TO_LEDGER: to } = process.env;
	const isHelp = ['--help', '-h'].includes(process.argv[2] ?? '');
	if (!from || !to || process.argv.length > 2) {
		console.log(USAGE);
		return isHelp ? 0 : 2;
	}
	if (to.startsWith('workflow:')) throw new Error('An exported workflow can only be copied from.');
	const source = openLedger(from, { mustExist: true });
	const target = openLedger(to);
	try {
		console.log(`from ${source.name}\nto   ${target.name}`);
		return await copy(source, target);
	} finally {
		await source.close();
		await target.close();
	}
}

/** @returns the exit code of the program */
async function copy(source: OpenLedger, target: OpenLedger): Promise<number> {
	if (source.name === target.name) throw new Error('FROM_LEDGER and TO_LEDGER are the same ledger.');
	const progress = process.stdout.isTTY
		? (rows: number) => process.stdout.write(`\r${rows} rows …`)
		: undefined;
	const { rows, added, differing, inFlight } = await copyRows(
		source.store,
		target.store,
		Date.now(),
		progress,
	);
	// A mistyped table or prefix opens an empty ledger.
	if (rows === 0) throw new Error(`${source.name} has no entries: nothing was copied. Check FROM_LEDGER.`);
	console.log(
		`\rCopied ${format(added)} rows; ${format(rows - added)} already existed (${format(rows)} in target).`,
	);
	printEntries(
		inFlight,
		'are being sent right now. Stop the workflows, and run this again when they have finished',
	);
	printEntries(
		differing,
		'differ from the target and were not overwritten. Compare both before you continue',
	);
	return differing.length > 0 || inFlight.length > 0 ? 1 : 0;
}

function printEntries(entryIds: readonly string[], problem: string): void {
	if (entryIds.length === 0) return;
	const more = entryIds.length > SHOWN_ENTRIES ? `\n  and ${entryIds.length - SHOWN_ENTRIES} more` : '';
	console.log(
		`${entryIds.length} entries ${problem}:\n  ${entryIds.slice(0, SHOWN_ENTRIES).join('\n  ')}${more}`,
	);
}

/** Formats 1204 as `1,204`. */
const format = (count: number) => count.toLocaleString('en-US');

function messageOf(error: unknown): string {
	if (error instanceof StoreUnavailableError) return error.reason;
	if (error instanceof ItemError) return `${error.message}. ${error.nextStep}`;
	return error instanceof Error ? error.message : String(error);
}

main().then(
	(status) => (process.exitCode = status),
	(error: unknown) => {
		console.error(messageOf(error));
		process.exitCode = 1;
	},
);
