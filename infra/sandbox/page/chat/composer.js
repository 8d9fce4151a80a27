// Where a person types: text, photos and files go straight to the emulator's /sim routes.
const FILES_MAX = 10;
const HEIGHT_MAX_PX = 150;
const OFFLINE = "Песочница не отвечает. Сообщение не отправлено.";
const NOT_A_PHOTO = "Как фото это не отправить. Отправьте файлом.";
const FAILED = "Не получилось отправить.";

const icon = (name) =>
  `<i class="q-icon notranslate material-icons" aria-hidden="true">${name}</i>`;

export default {
  props: {
    personId: Number,
    placeholder: String,
    commands: Array,
    samples: Array,
    textMax: Number,
    captionMax: Number,
  },
  emits: ["notice"],
  template: `
    <div class="composer" @keydown.esc="sheet = ''">
      <div v-if="showsSamples && !files.length" class="samples">
        <span class="samples-title">Готовые фото</span>
        <button v-for="sample in samples" :key="sample.name" type="button" class="sample"
                :aria-label="'Отправить готовое фото: ' + sample.title" :title="sample.title"
                :disabled="isBusy" @click="sendSample(sample)">
          <img :src="sample.preview" alt="" width="44" height="55">
        </button>
        <button type="button" class="round small" aria-label="Скрыть готовые фото"
                title="Скрыть готовые фото" @click="showsSamples = false">${icon("close")}</button>
      </div>

      <div v-if="files.length" class="attached">
        <div class="attached-list">
          <div v-for="(file, at) in files" :key="file.url" class="attached-file">
            <img v-if="file.isPicture" :src="file.url" alt="" @error="file.isPicture = false">
            <span v-else class="attached-name">${icon("insert_drive_file")}{{ file.name }}</span>
            <button type="button" class="remove" :aria-label="'Убрать ' + file.name"
                    @click="remove(at)">${icon("close")}</button>
          </div>
        </div>
        <div class="attached-how" role="group" aria-label="Как отправить">
          <button type="button" :aria-pressed="!asFiles" @click="asFiles = false">Фото</button>
          <button type="button" :aria-pressed="asFiles" @click="asFiles = true">Файл</button>
        </div>
      </div>

      <div v-if="found.length" class="sheet" role="menu" aria-label="Команды">
        <button v-for="one in found" :key="one.command" type="button" role="menuitem"
                class="sheet-line" @click="sendCommand(one.command)">
          <b>/{{ one.command }}</b><span>{{ one.description }}</span>
        </button>
      </div>
      <div v-if="sheet === 'attach'" class="sheet narrow" role="menu" aria-label="Прикрепить">
        <button type="button" role="menuitem" class="sheet-line" @click="choose(false)">
          ${icon("image")}<span>Фото</span>
        </button>
        <button type="button" role="menuitem" class="sheet-line" @click="choose(true)">
          ${icon("insert_drive_file")}<span>Файл без сжатия</span>
        </button>
        <button v-if="!showsSamples" type="button" role="menuitem" class="sheet-line"
                @click="showsSamples = true; sheet = ''">
          ${icon("collections")}<span>Готовые фото</span>
        </button>
      </div>

      <form class="composer-line" @submit.prevent="send">
        <button v-if="commands.length" type="button" class="round" aria-label="Команды бота"
                title="Команды бота" :aria-expanded="sheet === 'commands'"
                @click="toggle('commands')">${icon("menu")}</button>
        <button type="button" class="round" aria-label="Прикрепить фото или файл"
                title="Прикрепить фото или файл" :aria-expanded="sheet === 'attach'"
                @click="toggle('attach')">${icon("attach_file")}</button>
        <input ref="chooser" type="file" multiple hidden :accept="asFiles ? '' : 'image/*'"
               aria-label="Фото или файл" @change="onChosen">
        <textarea ref="text" v-model="text" rows="1" :maxlength="files.length ? captionMax : textMax"
                  :placeholder="files.length ? 'Подпись' : placeholder" aria-label="Сообщение"
                  autocomplete="off" @input="grow" @focus="sheet = ''"
                  @keydown.enter.exact="onEnter"></textarea>
        <button type="submit" class="round send" aria-label="Отправить" title="Отправить"
                :disabled="isBusy || !(text.trim() || files.length)">${icon("send")}</button>
      </form>
      <div v-if="isDropping" class="dropping">Отпустите, чтобы прикрепить</div>
    </div>
  `,
  data: () => ({
    text: "",
    files: [],
    asFiles: false,
    sheet: "",
    showsSamples: true,
    isBusy: false,
    isDropping: false,
  }),
  computed: {
    found() {
      if (this.sheet === "commands") return this.commands;
      const typed = /^\/(\w*)$/.exec(this.text);
      return typed ? this.commands.filter((one) => one.command.startsWith(typed[1])) : [];
    },
  },
  watch: {
    personId() {
      this.text = "";
      this.drop();
      this.sheet = "";
    },
  },
  mounted() {
    this.card = this.$el.closest(".chat-card");
    this.listeners = {
      dragover: this.onDrag,
      dragleave: this.onDragEnd,
      drop: this.onDrop,
      paste: this.onPaste,
    };
    for (const [name, heard] of Object.entries(this.listeners))
      this.card.addEventListener(name, heard);
    document.addEventListener("click", this.onClickElsewhere);
  },
  beforeUnmount() {
    for (const [name, heard] of Object.entries(this.listeners))
      this.card.removeEventListener(name, heard);
    document.removeEventListener("click", this.onClickElsewhere);
    this.drop();
  },
  methods: {
    toggle(name) {
      this.sheet = this.sheet === name ? "" : name;
    },
    onClickElsewhere(event) {
      if (!this.$el.contains(event.target)) this.sheet = "";
    },
    onEnter(event) {
      // An input method ends a word with Enter; that is not meant for us.
      if (event.isComposing) return;
      event.preventDefault();
      this.send();
    },
    grow() {
      const area = this.$refs.text;
      area.style.height = "auto";
      area.style.height = Math.min(area.scrollHeight, HEIGHT_MAX_PX) + "px";
    },

    choose(asFiles) {
      this.asFiles = asFiles;
      this.sheet = "";
      this.$nextTick(() => this.$refs.chooser.click());
    },
    onChosen(event) {
      this.attach([...event.target.files]);
      event.target.value = "";
    },
    onPaste(event) {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      this.attach(files);
    },
    onDrag(event) {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.isDropping = true;
    },
    onDragEnd(event) {
      if (!this.card.contains(event.relatedTarget)) this.isDropping = false;
    },
    onDrop(event) {
      this.isDropping = false;
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.attach([...event.dataTransfer.files]);
    },
    attach(chosen) {
      for (const file of chosen.slice(0, FILES_MAX - this.files.length)) {
        const isPicture = /^image\/(jpeg|png|webp|gif|svg\+xml|bmp)$/.test(file.type);
        this.files.push({ file, name: file.name, isPicture, url: URL.createObjectURL(file) });
        if (!file.type.startsWith("image/")) this.asFiles = true;
      }
      this.$refs.text.focus();
    },
    remove(at) {
      URL.revokeObjectURL(this.files.splice(at, 1)[0].url);
      if (!this.files.length) this.asFiles = false;
    },
    drop() {
      while (this.files.length) this.remove(0);
    },

    async send() {
      const text = this.text.trim();
      if (this.isBusy || !(text || this.files.length)) return;
      const done = this.files.length ? await this.sendFiles(text) : await this.sendText(text);
      if (!done) return;
      this.text = "";
      this.drop();
      this.$nextTick(this.grow);
    },
    sendCommand(command) {
      this.sheet = "";
      this.text = "";
      this.sendText("/" + command);
    },
    sendText(text) {
      return this.post("text", JSON.stringify({ text }), "application/json");
    },
    async sendFiles(caption) {
      const files = this.files.map((one) => one.file);
      if (this.asFiles) {
        for (const [at, file] of files.entries())
          if (!(await this.post("document", form([file], at ? "" : caption)))) return false;
        return true;
      }
      return this.post(files.length > 1 ? "album" : "photo", form(files, caption));
    },
    async sendSample(sample) {
      const photo = await fetch(sample.url).then(
        (reply) => reply.ok && reply.blob(),
        () => null,
      );
      if (!photo) return this.$emit("notice", OFFLINE);
      await this.post("photo", form([new File([photo], sample.name + ".jpg")], ""));
    },
    async post(what, body, type) {
      this.isBusy = true;
      try {
        const reply = await fetch(`/sim/people/${this.personId}/${what}`, {
          method: "POST",
          body,
          headers: type ? { "Content-Type": type } : {},
        });
        if (reply.ok) return true;
        const isPhoto = what === "photo" || what === "album";
        this.asFiles ||= isPhoto;
        this.$emit("notice", isPhoto ? NOT_A_PHOTO : FAILED);
      } catch {
        this.$emit("notice", OFFLINE);
      } finally {
        this.isBusy = false;
      }
      return false;
    },
  },
};

function form(files, caption) {
  const data = new FormData();
  for (const file of files) data.append("file", file);
  if (caption) data.append("caption", caption);
  return data;
}
