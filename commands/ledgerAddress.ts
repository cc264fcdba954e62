import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Store } from '../ledger/store';
import { PostgresStore } from '../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../ledger/stores/redis/redisStore';
import { SqliteStore } from '../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../ledger/stores/staticData';
import { toPostgresSettings, toRedisSettings } from '../nodes/shared/ledger/ledgerSettings';
import { readJsonFile, UsageError } from './jsonFile';

export interface OpenLedger {
	/** The ledger's name, without a password. */
	name: string;
	store: Store;
	close(): unknown;
}

/**
 * Opens the ledger that an address names: a file path, `postgres://…?table=…`, `redis://…?prefix=…` (`rediss://`
 * with TLS), or `workflow:` and the path of an exported workflow, to read its static data.
 *
 * @throws ItemError, StoreUnavailableError, or an error that says what is wrong with the address
 */
export function openLedger(address: string, { mustExist = false } = {}): OpenLedger {
	// A single letter is a Windows drive.
	const [, scheme = 'file'] = /^([a-z]{2,}):/i.exec(address.trim()) ?? [];
	switch (scheme.toLowerCase()) {
		case 'postgres':
		case 'postgresql':
			return openPostgres(parseAddress(address, ['table', 'ssl', 'allowUnauthorizedCerts']));
		case 'redis':
		case 'rediss':
			return openRedis(parseAddress(address, ['prefix', 'disableTlsVerification']));
		case 'workflow':
			return openExport(address.trim().slice('workflow:'.length));
		case 'file':
			return openFile(resolve(address.trim().replace(/^file:/i, '')), mustExist);
		default:
			// The address may contain a password, so the message omits it.
			throw new UsageError(
				`${scheme}: is not an address of a ledger. Use a path, postgres:, redis: or workflow:.`,
			);
	}
}

function openFile(path: string, mustExist: boolean): OpenLedger {
	// Opening would create an empty ledger.
	if (mustExist && !existsSync(path)) throw new UsageError(`${path} does not exist.`);
	const store = SqliteStore.open(path);
	return { name: path, store, close: () => store.close() };
}

/** Errors never repeat the address: if it is malformed, any part of it may be the password. */
function parseAddress(address: string, options: readonly string[]): URL {
	const url = URL.parse(address);
	if (!url || !isWhole(url)) {
		throw new UsageError(
			'The address cannot be read. Write a sign such as @, /, ?, # or % in a password as %40, %2F, %3F, %23 or %25.',
		);
	}
	// An option that is ignored may have been meant to encrypt the connection.
	if ([...url.searchParams.keys()].some((name) => !options.includes(name))) {
		throw new UsageError(`The address has an unknown option after "?". Known are ${options.join(', ')}.`);
	}
	return url;
}

/** Checks that no piece of the password has ended up in another part of the URL. */
function isWhole({ hostname, username, password, pathname, hash }: URL): boolean {
	try {
		[username, password, pathname].forEach(decodeURIComponent);
	} catch {
		return false;
	}
	return hostname !== '' && hash === '' && /^\/?[^/@]*$/.test(pathname);
}

/** The options have the same names as in n8n's credential: `?ssl=require`, `?allowUnauthorizedCerts=true`. */
function openPostgres(url: URL): OpenLedger {
	const credential = {
		...addressOf(url),
		database: decodeURIComponent(url.pathname.slice(1)),
		ssl: url.searchParams.get('ssl') ?? 'disable',
		allowUnauthorizedCerts: url.searchParams.get('allowUnauthorizedCerts') === 'true',
	};
	const store = PostgresStore.open(toPostgresSettings(credential, url.searchParams.get('table') ?? ''));
	return { name: hidePassword(url), store, close: () => store.close() };
}

function openRedis(url: URL): OpenLedger {
	const credential = {
		...addressOf(url),
		database: url.pathname.slice(1),
		ssl: url.protocol === 'rediss:',
		disableTlsVerification: url.searchParams.get('disableTlsVerification') === 'true',
	};
	const store = RedisStore.open(toRedisSettings(credential, url.searchParams.get('prefix') ?? ''));
	return { name: hidePassword(url), store, close: () => store.close() };
}

/** Reads the output of `n8n export:workflow`: one workflow, or a list of one. The file is never written. */
function openExport(path: string): OpenLedger {
	const exported = readJsonFile(path);
	const [workflow, ...others] = (Array.isArray(exported) ? exported : [exported]) as Exported[];
	if (!workflow || others.length > 0)
		throw new UsageError(`${path} must hold one workflow. Export it by its ID.`);
	const stored = workflow.staticData;
	const data = (typeof stored === 'string' ? (JSON.parse(stored) as typeof stored) : stored) as {
		global?: object;
	} | null;
	const store = new StaticDataStore({ ...data?.global }, workflow.id ?? '', new Map());
	return { name: `the static data of ${workflow.name ?? path}`, store, close: () => undefined };
}

interface Exported {
	id?: string;
	name?: string;
	staticData?: unknown;
}

function addressOf({ hostname, port, username, password }: URL) {
	return {
		host: hostname.replace(/^\[(.*)\]$/, '$1'),
		port,
		user: decodeURIComponent(username),
		password: decodeURIComponent(password),
	};
}

function hidePassword(url: URL): string {
	const shown = new URL(url);
	shown.password = '';
	return shown.href;
}
