import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import type { Store } from '../../ledger/store';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { toPostgresSettings, toRedisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import type { PostgresCredential } from '../servers/postgresServer';
import type { RedisCredential } from '../servers/redisServer';

/** The location of a ledger. It is sent to other processes as JSON. */
export type LedgerLocation =
	| { ledger: 'localFile'; file: string }
	| { ledger: 'postgres'; table: string; credential: PostgresCredential }
	| { ledger: 'redis'; prefix: string; credential: RedisCredential };

export type ServerLedgerLocation = Exclude<LedgerLocation, { ledger: 'localFile' }>;

export function openStore(location: LedgerLocation): Store & { close(): void | Promise<void> } {
	switch (location.ledger) {
		case 'localFile':
			return SqliteStore.open(location.file);
		case 'postgres':
			return PostgresStore.open(toPostgresSettings({ ...location.credential }, location.table));
		case 'redis':
			return RedisStore.open(toRedisSettings({ ...location.credential }, location.prefix));
	}
}

/** Converts a location to the node's parameters and options, and to n8n's credentials. */
export function toNodeSettings(location: LedgerLocation): {
	parameters: IDataObject;
	options: IDataObject;
	credentials: Record<string, ICredentialDataDecryptedObject>;
} {
	const { ledger } = location;
	switch (ledger) {
		case 'localFile':
			return { parameters: { ledger, ledgerFile: location.file }, options: {}, credentials: {} };
		case 'postgres':
			return {
				parameters: { ledger },
				options: { ledgerTable: location.table },
				credentials: { postgres: { ...location.credential } },
			};
		case 'redis':
			return {
				parameters: { ledger },
				options: { ledgerPrefix: location.prefix },
				credentials: { redis: { ...location.credential } },
			};
	}
}

/** The same ledger through another port, at which a proxy can cut the connection. */
export function withAddress<P extends ServerLedgerLocation>(
	location: P,
	{ host, port }: { host: string; port: number },
): P {
	return { ...location, credential: { ...location.credential, host, port } };
}
