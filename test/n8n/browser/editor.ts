import type { Locator, Page } from 'playwright-core';

import type { Execution } from '../harness/execution';
import type { RealN8n } from '../harness/realN8n';
import { NodePanel } from './nodePanel';
import type { ShownText } from './clippedText';
import { measureText } from './clippedText';
import { byTestId, dragTo, middleOf } from './page';

/** How far from its output a node is put that is pulled out of it, in pixels. */
const PULL = 170;

/** The innermost elements with text. */
const INNERMOST_TEXT = 'xpath=.//*[not(*) and normalize-space()]';

/** n8n's editor in a browser, through the eyes and the mouse of a person. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly n8n: RealN8n,
	) {}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.n8n.main.url}/workflow/${id}`);
		await byTestId(this.page, 'canvas-node').first().waitFor();
	}

	node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Lets a line that begins at the node's output end on empty ground: there n8n asks what comes next. */
	async pullFrom(node: string): Promise<void> {
		const [x, y] = await middleOf(this.handle('output', node, 0));
		await dragTo(this.page, [x, y], [x + PULL, y]);
		await this.creator.waitFor();
	}

	async openCreator(): Promise<void> {
		await byTestId(this.page, 'node-creator-plus-button').click();
		await this.creator.waitFor();
	}

	/** The panel that nodes are chosen from. */
	get creator(): Locator {
		return byTestId(this.page, 'node-creator');
	}

	/** The rows of that panel. */
	get offers(): Locator {
		return byTestId(this.creator, 'node-creator-item-name');
	}

	async search(message: string): Promise<void> {
		await byTestId(this.creator, 'node-creator-search-bar').fill(message);
	}

	/**
	 * n8n lets nobody drag a node that has actions, nor one of its actions (it marks both as not draggable): this is a
	 * click, and the node goes to where the line was let go.
	 */
	async choose(offer: string): Promise<void> {
		await this.offers.getByText(offer, { exact: true }).click();
	}

	/**
	 * What is written beside the outputs of a node, and whether the canvas shows less than all of it.
	 *
	 * @param instead written in the place of all of them
	 */
	async outputLabels(node: string, instead?: string): Promise<ShownText[]> {
		const handles = this.page.locator(
			`[data-test-id="canvas-node-output-handle"][data-node-name="${node}"]`,
		);
		await handles.first().waitFor();
		const texts = await handles.locator(INNERMOST_TEXT).all();
		return Promise.all(texts.map((text) => text.evaluate(measureText, instead)));
	}

	async connect(from: string, output: number, to: string): Promise<void> {
		await dragTo(
			this.page,
			await middleOf(this.handle('output', from, output)),
			await middleOf(this.handle('input', to, 0)),
		);
		await this.line(from, to).waitFor({ state: 'attached' });
	}

	/** What is written on the line between two nodes: how many items went there. */
	label(from: string, to: string): Locator {
		return this.between('edge-label', from, to);
	}

	/** Also sticky notes. */
	async nodes(): Promise<Locator[]> {
		return this.page.locator('.vue-flow__node').all();
	}

	/**
	 * A click on Execute Workflow; resolves when the editor shows what came of it.
	 *
	 * @param trigger where there are several, the one whose button is clicked
	 */
	async execute(trigger?: string): Promise<Execution> {
		// Where there are several triggers, each one's button shows under the mouse.
		if (trigger !== undefined) await this.node(trigger).hover();
		const id = `execute-workflow-button${trigger === undefined ? '' : `-${trigger}`}`;
		const button = byTestId(this.page, id).first();
		return this.ran(() => button.click());
	}

	/** Resolves when the run that this begins is over, here and in the editor. */
	async ran(begin: () => Promise<void>): Promise<Execution> {
		const answered = this.page.waitForResponse(
			(response) => /\/rest\/workflows\/[^/]+\/run/.test(response.url()) && response.ok(),
		);
		await begin();
		const { data } = (await (await answered).json()) as { data: { executionId: string } };
		const execution = await this.n8n.api.ended(data.executionId);
		await byTestId(this.page, 'stop-execution-button').waitFor({ state: 'hidden' });
		return execution;
	}

	async openNode(name: string): Promise<NodePanel> {
		await this.node(name).dblclick();
		return this.openedNode();
	}

	/** Of the node that is open already, as a new one is. */
	async openedNode(): Promise<NodePanel> {
		const panel = new NodePanel(this);
		await panel.whole.waitFor();
		return panel;
	}

	private handle(kind: 'input' | 'output', node: string, index: number): Locator {
		return this.page.locator(
			`[data-test-id="canvas-node-${kind}-handle"][data-node-name="${node}"][data-index="${index}"]`,
		);
	}

	private line(from: string, to: string): Locator {
		return this.between('edge', from, to);
	}

	private between(what: string, from: string, to: string): Locator {
		return this.page.locator(
			`[data-test-id="${what}"][data-source-node-name="${from}"][data-target-node-name="${to}"]`,
		);
	}
}
