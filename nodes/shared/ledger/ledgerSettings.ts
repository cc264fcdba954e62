import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { PostgresSettings } from '../../../ledger/stores/postgres/settings';
import { parseTableName } from '../../../ledger/stores/postgres/settings';
import type { RedisSettings } from '../../../ledger/stores/redis/connection';
import { ItemError } from '../run/error';

export const DEFAULT_FILE = 'idempotency.sqlite';
export const DEFAULT_TABLE = 'n8n_idempotency';
export const DEFAULT_PREFIX = 'n8n:idempotency:';

/** A payment needs a connection for milliseconds only. n8n's default of 100 would burden the server. */
const MAX_CONNECTIONS = 10;

/**
 * Resolves a path like n8n's user folder: `N8N_USER_FOLDER`, or the home folder, with `.n8n` in it. A path is relative to it,
 * unless it starts with `/`, or with `~` for the home folder.
 *
 * @throws ItemError instead of guessing, because another ledger than the intended one does not know earlier payments
 */
export function resolveLedgerPath(given: unknown): string {
	const userFolder = join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n');
	const path = readSetting('Ledger File', 'path', given, 'Leave the field empty for the default file.');
	if (path === '') return join(userFolder, DEFAULT_FILE);
	const [start, inHome] = /^~(?:[\\/](.+))?/.exec(path) ?? [];
	if (start !== undefined) {
		if (inHome) return join(homedir(), inHome);
		throw new ItemError('Ledger File', `is "${path}"`, 'Enter a path, such as ~/payments.sqlite.');
	}
	return isAbsolute(path) ? path : resolve(userFolder, path);
}

/**
 * Converts n8n's `postgres` credential like n8n's own Postgres node.
 *
 * @throws ItemError
 */
export function toPostgresSettings(
	credential: ICredentialDataDecryptedObject,
	table: unknown,
): PostgresSettings {
	if (credential.sshTunnel === true) {
		throw new ItemError(
			'The Postgres credential',
			'uses an SSH tunnel, which the ledger does not support',
			'Choose a credential that reaches the server directly, e.g. through a VPN or a tunnel that runs next to n8n.',
		);
	}
	const given = readSetting(
		'Postgres Table',
		'name',
		table,
		'Leave the field empty for the default table.',
	);
	const known = parseTableName(given || DEFAULT_TABLE);
	if (!known) {
		throw new ItemError(
			'Postgres Table',
			`is "${given}"`,
			'Enter a table, or schema.table, with letters, digits and underscores, at most 52 characters long.',
		);
	}
	const connections = Number(credential.maxConnections);
	return {
		host: settingOr(credential.host, 'localhost'),
		port: Number(settingOr(credential.port, '5432')),
		database: settingOr(credential.database, 'postgres'),
		user: settingOr(credential.user, 'postgres'),
		password: typeof credential.password === 'string' ? credential.password : '',
		tls: tlsOf(credential),
		connections: connections >= 1 ? Math.min(Math.floor(connections), MAX_CONNECTIONS) : MAX_CONNECTIONS,
		table: known,
	};
}

function tlsOf({ allowUnauthorizedCerts, ssl }: ICredentialDataDecryptedObject): PostgresSettings['tls'] {
	if (allowUnauthorizedCerts === true) return 'unverified';
	return ssl === undefined || ssl === 'disable' ? 'off' : 'verified';
}

/**
 * Converts n8n's `redis` credential.
 *
 * @throws ItemError
 */
export function toRedisSettings(credential: ICredentialDataDecryptedObject, prefix: unknown): RedisSettings {
	const given = readSetting(
		'Redis Key Prefix',
		'text',
		prefix,
		'Leave the field empty for the default prefix.',
	);
	if (!/^[!-~]{0,100}$/.test(given)) {
		throw new ItemError(
			'Redis Key Prefix',
			`is "${given}"`,
			'Enter at most 100 letters, digits and signs, without spaces, e.g. payments:',
		);
	}
	return {
		host: settingOr(credential.host, 'localhost'),
		port: Number(settingOr(credential.port, '6379')),
		database: Number(settingOr(credential.database, '0')),
		user: settingOr(credential.user, '') || undefined,
		password:
			typeof credential.password === 'string' && credential.password !== ''
				? credential.password
				: undefined,
		ssl: credential.ssl === true,
		verifyTls: credential.disableTlsVerification !== true,
		prefix: given || DEFAULT_PREFIX,
	};
}

function readSetting(label: string, noun: string, given: unknown, otherwise: string): string {
	if (typeof given === 'string') return given.trim();
	throw new ItemError(
		label,
		`is not a valid ${noun}`,
		`Its expression returns no text for this item. ${otherwise}`,
	);
}

function settingOr(given: unknown, otherwise: string): string {
	const value = typeof given === 'string' || typeof given === 'number' ? String(given).trim() : '';
	return value === '' ? otherwise : value;
}
