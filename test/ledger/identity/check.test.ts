import type { ApprovalFacts } from '../../../ledger/identity/check';
import { makeCheck, readCheck } from '../../../ledger/identity/check';

const AT = Date.UTC(2026, 10, 29, 2, 0, 0);

const FACTS: ApprovalFacts = {
	account: ['test', 'acct_1032D82eZvKYlo2C'],
	entry: 'v1_entry',
	request: 'fingerprint',
	amount: { amount: 1999, currency: 'eur' },
	objects: [{ metadata: { n8n_entry: 'v1_entry' } }, null],
	attempt: ['begin', 1],
};

const SECRETS: [string, string | undefined][] = [
	['without a key secret', undefined],
	['under a key secret', 'a long secret of the shop'],
];

describe.each(SECRETS)('a check %s', (_name, secret) => {
	const text = makeCheck(FACTS, AT, secret);
	const diff = (facts: ApprovalFacts) => readCheck(text, secret)!.diff(facts);

	it('is valid for its facts, and for nothing else', () => {
		expect(diff({ ...FACTS })).toEqual([]);
		for (const [name, value] of Object.entries(FACTS).filter(([part]) => part !== 'entry'))
			expect(diff({ ...FACTS, [name]: [value] })).toEqual([name]);
		expect(diff({ ...FACTS, entry: 'v1_other' })).toContain('entry');
	});

	it('stores its time to the second, and no readable data', () => {
		expect(readCheck(text, secret)?.at).toBe(AT);
		expect(text).toMatch(/^check1_[0-9a-z]+_[\w-]{91}$/);
		const readable = `${text} ${Buffer.from(text.slice(14), 'base64url').toString('latin1')}`;
		expect(readable).not.toMatch(/1999|eur|acct|v1_entry|fingerprint/i);
	});

	it('differs for two items of the same amount', () => {
		const other = makeCheck({ ...FACTS, entry: 'v1_other' }, AT, secret);
		const pieces = (check: string) => check.slice(-91, -43).match(/.{8}/g)!;
		const common = pieces(text).filter((piece) => pieces(other).includes(piece));
		expect(common).toHaveLength(1);
	});

	it.each([
		['cut off', (check: string) => check.slice(0, -1)],
		['with something behind it', (check: string) => `${check}A`],
		['of a different version', (check: string) => check.replace('check1', 'check2')],
	])('%s is not a check', (_how, change) => {
		expect(readCheck(change(text), secret)).toBeUndefined();
	});

	it('of a different time, or under a different secret, is reported as altered', () => {
		const later = text.replace(/_[0-9a-z]+_/, '_zzzzzz_');
		expect(readCheck(later, secret)?.diff(FACTS)).toEqual(['signature']);
		expect(readCheck(text, 'another secret')?.diff(FACTS)).not.toEqual([]);
	});
});
