it('each event handler is registered once, however many test files have run in this process', () => {
	const { [Symbol.for('EVENT_HANDLERS')]: handlers } = globalThis as unknown as Record<symbol, unknown[]>;
	const kinds = new Set(handlers!.map(String));
	expect(handlers).toHaveLength(kinds.size);
});
