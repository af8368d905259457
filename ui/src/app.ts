// Small behaviours over pages that already work. Nothing here may be needed to finish a task.
import "htmx.org";
import { startCategories } from "./app/category";
import { startCopies } from "./app/copy";
import { startForms } from "./app/forms";
import { startKeys } from "./app/keys";
import { startLists } from "./app/lists";
import { startPhotos } from "./app/photos";
import { startPane } from "./app/pane";
import { startPlaces } from "./app/place";

function start(root: ParentNode): void {
  startForms(root);
  startPhotos(root);
  startCategories(root);
  startPlaces(root);
  startLists(root);
  startCopies(root);
}

document.documentElement.classList.add("scripted");
start(document);
startKeys();
startPane(start);
