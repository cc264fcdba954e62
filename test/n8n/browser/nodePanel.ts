import type { Locator, Page } from 'playwright-core';

import type { Execution } from '../harness/execution';
import { until } from '../../servers/until';
import { byTestId, middleOf } from './page';

/** How long an opened list may take to show its options, in milliseconds. */
const LIST_PATIENCE = 3_000;

/** What a panel needs of the editor around it. */
interface AroundPanel {
	readonly page: Page;
	/** The execution that this begins. */
	ran(begin: () => Promise<void>): Promise<Execution>;
}

/** What opens at a double click on a node: its input, its parameters, its output. */
export class NodePanel {
	private readonly page: Page;

	constructor(private readonly editor: AroundPanel) {
		this.page = editor.page;
	}

	get whole(): Locator {
		return byTestId(this.page, 'ndv');
	}

	get parameters(): Locator {
		return byTestId(this.whole, 'node-parameters');
	}

	get output(): Locator {
		return byTestId(this.whole, 'output-panel');
	}

	/** Lines above the items. */
	get hints(): Locator {
		return byTestId(this.output, 'node-hint');
	}

	parameter(name: string): Locator {
		return byTestId(this.parameters, `parameter-input-${name}`);
	}

	/** The names in front of the fields that are to be seen, in their order. */
	async labels(): Promise<string[]> {
		const labels = await byTestId(this.parameters, 'input-label').allInnerTexts();
		return labels.map((text) => text.split('\n')[0]!.trim()).filter(Boolean);
	}

	/** Those that are chosen, in the order of the panel. */
	get credentials(): Locator {
		return byTestId(this.parameters, 'node-credentials-select');
	}

	async select(parameter: string, option: string): Promise<void> {
		await until(`${option} among the options of ${parameter}`, async () => {
			await this.openList(parameter, option);
			await this.option(option).click({ timeout: LIST_PATIENCE });
			return true;
		});
	}

	/** Resolves when the list of the parameter shows this option. */
	async openList(parameter: string, option: string): Promise<void> {
		await until(`the list of ${parameter}`, async () => {
			// A list closes by itself when something above it grows, as a field does that has just got an expression.
			if (!(await this.option(option).isVisible())) await this.parameter(parameter).click();
			await this.option(option).waitFor({ timeout: LIST_PATIENCE });
			return true;
		});
	}

	/** What can be chosen in the list that is open now. */
	option(name: string): Locator {
		return this.page.locator('[role="option"]:visible').filter({
			has: this.page.getByText(name, { exact: true }),
		});
	}

	/** One of the credentials in the list that is open now. */
	credentialOption(name: string): Locator {
		return this.page.locator('[data-test-id^="node-credentials-select-item-"]:visible').getByText(name);
	}

	get addOption(): Locator {
		return byTestId(this.parameters, 'collection-parameter-add').last();
	}

	async type(parameter: string, text: string): Promise<void> {
		await this.parameter(parameter).locator('input').fill(text);
	}

	/** Drags a field of the item from the input panel onto a parameter. */
	async drag(field: string, parameter: string): Promise<void> {
		const { mouse } = this.page;
		const target = this.parameter(parameter);
		const lit = this.page.locator('[class*="activeDrop"]');
		const ready = target.locator(lit).or(target.and(lit));
		await mouse.move(
			...(await middleOf(byTestId(this.whole, 'ndv-input-panel').locator(`[data-name="${field}"]`))),
		);
		await mouse.down();
		// It lights up when it would take what is held over it. What was dropped before may still move it.
		await until(`a place for ${field} in ${parameter}`, async () => {
			await mouse.move(...(await middleOf(target)), { steps: 8 });
			return (await ready.count()) > 0;
		});
		await mouse.up();
	}

	/** Execute Step: this node alone. */
	async execute(): Promise<Execution> {
		return this.editor.ran(() => byTestId(this.whole, 'node-execute-button').click());
	}

	/** Writes other code in the place of all that stands there. */
	async writeCode(code: string): Promise<void> {
		await this.parameters.locator('.cm-content').click();
		await this.page.keyboard.press('ControlOrMeta+A');
		await this.page.keyboard.insertText(code);
	}

	async showOutput(name: string): Promise<void> {
		await byTestId(this.output, 'branches').getByText(name).click();
	}

	async close(): Promise<void> {
		await byTestId(this.whole, 'ndv-close-button').click();
		await this.whole.waitFor({ state: 'hidden' });
	}
}
