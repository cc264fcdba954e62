import { RegistryFixture } from '../../fixtures/registryFixture';

let registry: RegistryFixture;
beforeEach(async () => (registry = await RegistryFixture.open()));
afterEach(() => registry.close());

const hintsOf = async (filters: object) => {
	const { hints } = await registry.run({
		resource: 'entry',
		operation: 'getMany',
		filters: { ...filters },
	});
	return hints('Node').map(({ message }) => message);
};

it('a search for words anywhere in an entry reports that every entry was read; one that an index answers does not', async () => {
	expect(await hintsOf({ text: 'insufficient' })).toEqual([
		expect.stringMatching(/^Every entry of the ledger was read.*Get with a key field/),
	]);
	expect(await hintsOf({ text: 'insufficient', customer: 'cus_1' })).toEqual([]);
	expect(await hintsOf({ createdAfter: '2026-01-01T00:00:00Z' })).toEqual([]);
});
