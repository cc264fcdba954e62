import { homedir } from 'node:os';
import { join } from 'node:path';

import { resolveLedgerPath } from '../../../../nodes/shared/ledger/ledgerSettings';

const before = process.env.N8N_USER_FOLDER;

beforeEach(() => {
	process.env.N8N_USER_FOLDER = join('/', 'data');
});

afterEach(() => {
	if (before === undefined) delete process.env.N8N_USER_FOLDER;
	else process.env.N8N_USER_FOLDER = before;
});

describe('the path of a ledger file', () => {
	it.each([
		['left empty', '', join('/', 'data', '.n8n', 'idempotency.sqlite')],
		['a name', 'payments.sqlite', join('/', 'data', '.n8n', 'payments.sqlite')],
		['a whole path', '/ledgers/payments.sqlite', '/ledgers/payments.sqlite'],
		[
			'a path in the home folder',
			'~/ledgers/payments.sqlite',
			join(homedir(), 'ledgers', 'payments.sqlite'),
		],
		['a name with a tilde in it', 'a~b.sqlite', join('/', 'data', '.n8n', 'a~b.sqlite')],
	])('that is %s: %j is %j', (_what, given, path) => {
		expect(resolveLedgerPath(given)).toBe(path);
	});

	it.each(['~', '~/', '~somebody/payments.sqlite'])('that is %s is refused', (given) => {
		expect(() => resolveLedgerPath(given)).toThrow(/Ledger File.*is "~/);
	});
});
