// Keeps the newest message in sight, unless the person scrolled up to read.
const NEAR_PX = 90;

export default {
  template: `
    <div class="scroller-frame">
      <div ref="area" class="scroller" role="log" aria-label="Сообщения" tabindex="0"
           @scroll.passive="look">
        <div ref="content" class="scroller-content"><slot></slot></div>
      </div>
      <button v-show="isAway" type="button" class="to-bottom" aria-label="К последнему сообщению"
              title="К последнему сообщению" @click="toBottom('smooth')">
        <i class="q-icon notranslate material-icons" aria-hidden="true">expand_more</i>
      </button>
    </div>
  `,
  data: () => ({ isAway: false }),
  mounted() {
    this.lastTop = 0;
    this.lastSize = "";
    this.observer = new ResizeObserver(this.settle);
    this.observer.observe(this.$refs.content);
    this.observer.observe(this.$refs.area);
    this.toBottom();
  },
  beforeUnmount() {
    this.observer.disconnect();
  },
  methods: {
    look() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.area;
      const isNear = scrollHeight - scrollTop - clientHeight <= NEAR_PX;
      const size = `${scrollHeight} ${clientHeight}`;
      // When the content changes the browser scrolls too; only at rest is it the person who does.
      if (isNear) this.isAway = false;
      else if (size === this.lastSize && scrollTop < this.lastTop) this.isAway = true;
      this.lastSize = size;
      this.lastTop = scrollTop;
    },
    settle() {
      if (this.held !== undefined) {
        this.$refs.area.scrollTop = this.$refs.area.scrollHeight - this.held;
        this.held = undefined;
      } else if (!this.isAway) this.toBottom();
    },
    // What is seen now stays in its place when something is put above it.
    hold() {
      this.held = this.$refs.area.scrollHeight - this.$refs.area.scrollTop;
    },
    toBottom(behavior = "instant") {
      this.isAway = false;
      this.$refs.area.scrollTo({ top: this.$refs.area.scrollHeight, behavior });
    },
  },
};
