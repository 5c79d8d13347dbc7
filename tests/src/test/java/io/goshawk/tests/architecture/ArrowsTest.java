// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** native → ebpf-loader → collector ← span-builder ← native, otel-config → collector. */
class ArrowsTest {

  private static final String NATIVE = "io.goshawk.abi..";
  private static final String LOADER = "io.goshawk.loader..";
  private static final String SPANS = "io.goshawk.spans..";
  private static final String CONFIG = "io.goshawk.config..";
  private static final String COLLECTOR = "io.goshawk.collector..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("io.goshawk");

  @Test
  void modulesDependOnEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("native")
        .definedBy(NATIVE)
        .layer("ebpf-loader")
        .definedBy(LOADER)
        .layer("span-builder")
        .definedBy(SPANS)
        .layer("otel-config")
        .definedBy(CONFIG)
        .layer("collector")
        .definedBy(COLLECTOR)
        .whereLayer("collector")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("otel-config")
        .mayOnlyBeAccessedByLayers("collector")
        .whereLayer("span-builder")
        .mayOnlyBeAccessedByLayers("collector")
        .whereLayer("ebpf-loader")
        .mayOnlyBeAccessedByLayers("collector")
        .whereLayer("native")
        .mayOnlyBeAccessedByLayers("ebpf-loader", "span-builder", "collector")
        .check(CLASSES);
  }

  @Test
  void everyClassIsInAModule() {
    classes().should().resideInAnyPackage(NATIVE, LOADER, SPANS, CONFIG, COLLECTOR).check(CLASSES);
  }

  @Test
  void spansAreBuiltWithoutNativeCodeFilesThreadsOrTheMachinesClock() {
    noClasses()
        .that()
        .resideInAPackage(SPANS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.sun.jna..", "java.io..", "java.nio.file..", "java.nio.channels..")
        .orShould()
        .dependOnClassesThat(DescribedPredicate.describe("are threads", ArrowsTest::isThread))
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void configurationIsReadFromValuesAndNotFromTheMachine() {
    noClasses()
        .that()
        .resideInAPackage(CONFIG)
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void onlyTheLoaderTouchesNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(LOADER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void packagesOfTheLoaderDoNotGoInCircles() {
    slices().matching("io.goshawk.loader.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesOfTheCollectorDoNotGoInCircles() {
    slices().matching("io.goshawk.collector.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesOfTheSpanBuilderDoNotGoInCircles() {
    slices().matching("io.goshawk.spans.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesOfTheConfigurationDoNotGoInCircles() {
    slices().matching("io.goshawk.config.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  private static boolean isThread(JavaClass type) {
    return type.isAssignableTo(Thread.class)
        || type.getPackageName().equals("java.util.concurrent");
  }
}
